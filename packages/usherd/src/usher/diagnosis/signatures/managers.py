"""Other process managers and the environment."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "pm2.unstable_restarts",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"had too many unstable restarts \(\d+\)\. Stopped",
        place="pm2.log",
        cause="Crash loop",
        collect="Exit codes and stderr tail of each attempt",
        remedy="Fix root cause",
        example='Script crash.js had too many unstable restarts (3). Stopped. "errored"',
        benign="script crash.js was restarted by its user",
    ),
    Signature(
        "pm2.memory_restart",
        Severity.ERROR,
        Restart.AUTO,
        Rank.CONSEQUENCE,
        pattern="exceeds --max-memory-restart value",
        place="pm2.log",
        cause="Leak or limit; checked every 30 s",
        collect="Current_memory, limit, growth rate",
        remedy="Fix leak",
        example=(
            "[PM2][WORKER] Process 1 restarted because it exceeds --max-memory-restart "
            "value (current_memory=2349309952 max_memory_limit=83886080)"
        ),
        benign="memory 80 MB of a limit of 300 MB",
    ),
    Signature(
        "pm2.kill_forced",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"still alive after \d+ms, sending SIGKILL|failed to kill - retrying",
        place="pm2.log",
        cause="Shutdown handler hangs",
        collect="Open sockets, handler",
        remedy="Fix shutdown",
        example=(
            "Process with pid 31130 still alive after 1600ms, sending SIGKILL to 1 "
            "remaining pids..."
        ),
        benign="process 31130 left 20 ms after SIGINT",
    ),
    Signature(
        "pm2.config_missing",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=r"\[PM2\]\[ERROR\][^\n]{0,200}(?:Script not found|not found)",
        place="stderr",
        cause="Wrong cwd or file",
        collect="Path",
        remedy="Fix path",
        example="[PM2][ERROR] Script not found: nosuch.js",
        benign="[PM2] Process web launched",
    ),
    Signature(
        "pm2.exit",
        Severity.INFO,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"App \[[^\]]+\] exited with code \[\d+\] via signal \[\w+\]",
        place="pm2.log",
        cause="Exit record (the signal shown is not reliable: code 1 is printed with SIGINT)",
        collect="Join with app stderr",
        remedy="See exit.*",
        example="App [crash:0] exited with code [1] via signal [SIGINT]",
        benign="App [crash:0] online",
    ),
    Signature(
        "env.missing",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r"(?:[Mm]issing|required|필수)[^\n]{0,40}(?:(?<!redacted:)env|환경 ?변수)[^\n]{0,60}"
            r"|\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+ (?:is|was|are)? ?(?:not set|not defined|required"
            "|missing|undefined)"
            r"|\b[A-Z][A-Z0-9_]{3,}(?:이|가|은|는)? ?(?:설정되지|없습니다|누락)"
            r"|Environment variable not found: \w|[Ii]nvalid environment variables\b"
            r"|Set the [A-Z][A-Z0-9_]+ environment variable|Config validation error: "
            r'|Configuration key "[\w.]+" does not exist'
            r"|\b[A-Z][A-Z0-9_]+: (?:parameter (?:null or )?not set|unbound variable)"
            r"|validation errors? for \w{0,40}(?:Settings|Config)\w{0,40}$"
            "|SECRET_KEY setting must not be empty|Either 'SQLALCHEMY_DATABASE_URI' or"
            r'|The "(?:url|uri)" argument must be of type string\. Received undefined'
            "|secretOrPrivateKey must have a value"
        ),
        place="app log",
        cause="Variable absent or empty",
        collect="Names declared vs present vs empty (values never)",
        remedy="Set variable",
        example="GEMINI_API_KEY is not set",
        benign="DATABASE_URL is set, JWT_SECRET is set",
        provoked=False,
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
