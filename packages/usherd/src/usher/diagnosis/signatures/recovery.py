"""What a log says when something that was away is back; no faults, and in no list of them."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature


def _back(name: str, what: str, pattern: str, example: str, benign: str) -> Signature:
    return Signature(
        name,
        Severity.INFO,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern,
        place="app log",
        cause=f"{what} answers (again)",
        collect="",
        remedy="",
        example=example,
        benign=benign,
    )


DATABASE: Final = _back(
    "db.back",
    "The database",
    r"(?<!not )\b[RrCc]e?c?onnected to (?:the )?(?:[Dd]atabase|[Pp]ostgre|MySQL|MariaDB|[Mm]ongo)"
    "|Connection has been established successfully|Nest application successfully started"
    "|[Dd]atabase connection (?:is )?(?:established|restored)|데이터베이스 연결 성공",
    "connected to postgres at 10.0.0.7:5432 after 3 attempts",
    "not connected to the database yet",
)
REDIS: Final = _back(
    "redis.back",
    "Redis",
    r"(?<!not )\b[RrCc]e?c?onnected to (?:[Rr]edis|rediss?://)",
    "Connected to redis://127.0.0.1:6379/0",
    "not connected to redis yet",
)

ENDS: Final = {DATABASE.id: ("db.", "orm."), REDIS.id: ("redis.",)}
"""The faults that are over when one of these is said: by the beginnings of their ids.

Only those that wait for a dependency; a wrong password is not mended by another connection.
"""
SIGNATURES: Final = (DATABASE, REDIS)
