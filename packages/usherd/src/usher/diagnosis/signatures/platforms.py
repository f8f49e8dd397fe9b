"""Hosting platforms: Render and those of the Heroku kind."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "render.no_port",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern="No open ports detected|Port scan timeout reached",
        place="platform log",
        cause="App not bound to 0.0.0.0:$PORT, or died",
        collect="Bind address, PORT",
        remedy="Bind",
        example="==> No open ports detected, continuing to scan...",
        benign="==> Detected service running on port 10000",
        provoked=False,
    ),
    Signature(
        "render.health_check",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=(
            r"==>[^\n]{0,40}[Hh]ealth check (?:failed|timed out)"
            "|[Hh]ealth check (?:failed|timed out) for"
            r"|[Tt]imed[- ]out (?:after )?waiting for[^\n]{0,40}health"
        ),
        place="platform log",
        cause="non-2xx/3xx or > 5 s",
        collect="Path status, latency",
        remedy="Fix path/handler",
        example=(
            "==> Timed out after waiting for internal health check to return a successful "
            "response code at: shop:10000 /health"
        ),
        benign="==> Your service is live, health check passed",
        provoked=False,
    ),
    Signature(
        "render.exited",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=(
            r"==> (?:Application )?[Ee]xited (?:early|with (?:code|status) \d+)"
            "|Instance failed"
        ),
        place="platform log",
        cause="Crash",
        collect="Stack above",
        remedy="Fix",
        example="==> Exited with status 1",
        benign="==> Running node app.js",
        provoked=False,
    ),
    Signature(
        "render.memory",
        Severity.CRITICAL,
        Restart.AUTO,
        Rank.ROOT,
        pattern=r"[Rr]an out of memory \(used over",
        place="platform log",
        cause="Plan limit",
        collect="RSS trend",
        remedy="Fix/upgrade",
        example="Ran out of memory (used over 512MB) while running your code.",
        benign="memory used: 212 MB of 512 MB",
        provoked=False,
    ),
    Signature(
        "heroku.boot_timeout",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"\bError R10\b|code=H20\b",
        place="platform log",
        cause="Not bound to $PORT in 60 s",
        collect="Start duration",
        remedy="Start faster",
        example=(
            "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 "
            "seconds of launch"
        ),
        benign="State changed from starting to up",
        provoked=False,
    ),
    Signature(
        "heroku.memory",
        Severity.ERROR,
        Restart.AUTO,
        Rank.ROOT,
        pattern=r"\bError R1[45]\b",
        place="platform log",
        cause="Memory quota",
        collect="RSS",
        remedy="Fix leak",
        example="Error R14 (Memory quota exceeded)",
        benign="sample#memory_total=212.1MB",
        provoked=False,
    ),
    Signature(
        "heroku.app_crashed",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"code=H10\b|State changed from \w+ to crashed",
        place="platform log",
        cause="Process exit",
        collect="Exit status",
        remedy="Fix",
        example='at=error code=H10 desc="App crashed" method=GET path="/"',
        benign='at=info method=GET path="/" status=200',
        provoked=False,
    ),
    Signature(
        "heroku.request_timeout",
        Severity.ERROR,
        Restart.ONCE,
        Rank.CONSEQUENCE,
        pattern=r"code=H1[23]\b|\bError H1[23]\b",
        place="platform log",
        cause="> 30 s or closed connection",
        collect="Path, service ms",
        remedy="Move work to background",
        example='at=error code=H12 desc="Request timeout" method=GET path="/report"',
        benign='at=info method=GET path="/report" service=29000ms status=200',
        provoked=False,
    ),
    Signature(
        "heroku.exit_timeout",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"\bError R12\b",
        place="platform log",
        cause="No exit within 30 s of SIGTERM",
        collect="Shutdown log",
        remedy="Fix shutdown",
        example=(
            "Error R12 (Exit timeout) -> At least one process failed to exit within 30 "
            "seconds of SIGTERM"
        ),
        benign="Process exited with status 0 after SIGTERM",
        provoked=False,
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
