"""Redis."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "redis.connection_refused",
        Severity.ERROR,
        Restart.WAIT,
        Rank.ROOT,
        pattern=(
            r"ECONNREFUSED [^\n]*:(?:6379)"
            r"|Error 111 connecting to [^\n]*:\d+\. Connection refused"
            r"|\[ioredis\] Unhandled error event"
        ),
        place="app log",
        cause="Redis down",
        collect="redis-cli ping",
        remedy="Start Redis",
        example="[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:56999",
        benign="[ioredis] connected to 127.0.0.1:6379",
    ),
    Signature(
        "redis.auth",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "NOAUTH Authentication required|WRONGPASS|invalid username-password pair"
            r"|HELLO must be called|redis\.exceptions\.AuthenticationError"
        ),
        place="app log",
        cause="Missing/wrong password",
        collect="Env var presence",
        remedy="Fix secret",
        example="ReplyError: NOAUTH Authentication required.",
        benign="redis: authenticated as user app",
    ),
    Signature(
        "redis.memory_full",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="OOM command not allowed when used memory",
        place="app log",
        cause="maxmemory + noeviction",
        collect="INFO memory",
        remedy="Raise limit or policy",
        example="ReplyError: OOM command not allowed when used memory > 'maxmemory'.",
        benign="used memory 81 MB of maxmemory 256 MB",
    ),
    Signature(
        "redis.max_clients",
        Severity.ERROR,
        Restart.ONCE,
        Rank.ROOT,
        pattern="ERR max number of clients reached",
        place="app log",
        cause="Connection leak or low maxclients",
        collect="CLIENT LIST by addr",
        remedy="Fix leak; restart leaking app once",
        example="ReplyError ERR max number of clients reached",
        benign="clients connected: 40 of 10000",
    ),
    Signature(
        "redis.max_retries",
        Severity.ERROR,
        Restart.WAIT,
        Rank.ROOT,
        pattern="MaxRetriesPerRequestError",
        place="app log",
        cause="Redis unreachable longer than retry budget",
        collect="See redis.connection_refused",
        remedy="Wait for Redis",
        example=(
            "MaxRetriesPerRequestError: Reached the max retries per request limit (which is 2)."
        ),
        benign="request succeeded after 2 retries (limit 20)",
    ),
    Signature(
        "redis.loading",
        Severity.WARNING,
        Restart.WAIT,
        Rank.ROOT,
        pattern="LOADING Redis is loading the dataset",
        place="app log",
        cause="Redis booting",
        collect="INFO persistence",
        remedy="Wait",
        example="ReplyError: LOADING Redis is loading the dataset in memory",
        benign="Redis loaded the dataset in 0.3 s",
        provoked=False,
    ),
    Signature(
        "redis.readonly",
        Severity.ERROR,
        Restart.ONCE,
        Rank.ROOT,
        pattern="READONLY You can't write against a read only",
        place="app log",
        cause="Talking to replica after failover",
        collect="ROLE",
        remedy="Point to primary",
        example="ReplyError: READONLY You can't write against a read only replica.",
        benign="replica reads only: preferred for reports",
        provoked=False,
    ),
    Signature(
        "redis.misconf",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="MISCONF Redis is configured to save",
        place="app log",
        cause="Cannot persist (disk full / overcommit)",
        collect="Df, Redis log",
        remedy="Free disk",
        example=(
            "ReplyError: MISCONF Redis is configured to save RDB snapshots, but it is "
            "currently unable to persist to disk."
        ),
        benign="Redis saved its snapshot in 1.2 s",
        provoked=False,
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
