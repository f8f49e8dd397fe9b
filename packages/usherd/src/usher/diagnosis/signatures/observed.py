"""What usher sees by itself; no line of a log says it."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

DEPENDENCY_DOWN: Final = Signature(
    "dependency.down",
    Severity.CRITICAL,
    Restart.WAIT,
    Rank.ROOT,
    pattern="",
    place="a probe of scope dependency",
    cause="Something that the app needs does not answer",
    collect="The same question from another host; the dependency's own log",
    remedy="Mend the dependency; the app is restarted for it by nobody",
    example="",
    benign="",
)
NEVER_ANSWERED: Final = Signature(
    "probe.never_succeeded",
    Severity.ERROR,
    Restart.NO,
    Rank.ROOT,
    pattern="",
    place="a probe of the app",
    cause="The question was never answered as it should: it asks the wrong port, path or protocol",
    collect="Where the process listens (`usher describe`), and what the path answers by hand",
    remedy="Correct the probe, or what the app listens on",
    example="",
    benign="",
)
UNRESPONSIVE: Final = Signature(
    "probe.unresponsive",
    Severity.CRITICAL,
    Restart.AUTO,
    Rank.CODE,
    pattern="",
    place="a probe of the app",
    cause="It answered before and does not any more: blocked, deadlocked or overloaded",
    collect="State of the process and its threads, processor time, connections (`usher events`)",
    remedy="Find what it waits for; usher replaces it meanwhile",
    example="",
    benign="",
)
ERROR_ANSWER: Final = Signature(
    "probe.error_answer",
    Severity.CRITICAL,
    Restart.AUTO,
    Rank.CODE,
    pattern="",
    place="a probe of the app",
    cause="It answers, but with an error of its own, or not as the probe asks for",
    collect="What the same question gets by hand, and what the log says at that moment",
    remedy="Find the error in its log; usher replaces it meanwhile",
    example="",
    benign="",
)
REMOTE: Final = Signature(
    "remote.unanswered",
    Severity.CRITICAL,
    Restart.ONCE,
    Rank.ROOT,
    pattern="",
    place="a probe of a remote",
    cause="What is run elsewhere does not answer as asked: it is down, or the way to it is",
    collect="The same question from another network; the status page and the log of its platform",
    remedy="usher takes the steps of `recover` and verifies them; otherwise mend it where it runs",
    example="",
    benign="",
)
MEMORY_LIMIT: Final = Signature(
    "memory.limit",
    Severity.ERROR,
    Restart.AUTO,
    Rank.CODE,
    pattern="",
    place="memory of an app's processes",
    cause="It uses more memory than it may: a leak, a cache, or a limit below what it needs",
    collect="`usher graph NAME`: whether it grows in each run; two heap snapshots, compared",
    remedy="Find what it keeps, or raise the limit; usher replaces it meanwhile",
    example="",
    benign="",
)

SIGNATURES: Final = (
    DEPENDENCY_DOWN,
    NEVER_ANSWERED,
    UNRESPONSIVE,
    ERROR_ANSWER,
    REMOTE,
    MEMORY_LIMIT,
)
