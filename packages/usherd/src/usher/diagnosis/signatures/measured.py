"""What figures say, and no line of a log (spec/operations.md B.4)."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature


def _measured(
    code: str,
    severity: Severity,
    restart: Restart,
    rank: Rank,
    place: str,
    cause: str,
    collect: str,
    remedy: str,
) -> Signature:
    """A fault that is seen by its figures: there is no line that it matches."""
    return Signature(
        code, severity, restart, rank, "", place, cause, collect, remedy, example="", benign=""
    )


RISING: Final = _measured(
    "memory.rising_fast",
    Severity.INFO,
    Restart.NO,
    Rank.CODE,
    "memory of an app's processes over 2 minutes",
    "Memory grows steadily and would be too much within 15 minutes: load, a cache, or a leak",
    "`usher graph NAME`: whether it falls again when the load does",
    "Nothing yet: long sawteeth of a garbage collector look the same",
)
LEAK: Final = _measured(
    "memory.leak_suspected",
    Severity.WARNING,
    Restart.NO,
    Rank.CODE,
    "memory of an app's processes over 30 minutes",
    "What garbage collections leave grows steadily: something is kept that nobody needs",
    "`usher graph NAME`; a heap snapshot now and in an hour, compared",
    "Mend the leak; until then `memory = { limit = ... }` replaces the app before the host suffers",
)
MASKED_LEAK: Final = _measured(
    "memory.masked_leak",
    Severity.WARNING,
    Restart.NO,
    Rank.CODE,
    "memory of an app's processes at its last scheduled restarts",
    "The scheduled restart masks a leak: memory grows in each run, or from restart to restart",
    "`usher graph NAME`; heap snapshots some hours apart within one run, compared",
    "Mend the leak: a restart each night hides it until a day is too long for it",
)
DESCRIPTORS: Final = _measured(
    "fd.growth",
    Severity.WARNING,
    Restart.NO,
    Rank.CODE,
    "open descriptors of an app's processes",
    "Files or sockets are opened and not closed; at the limit everything fails (EMFILE)",
    "`ls -l /proc/PID/fd`: what most of them are",
    "Close what is opened; raise `nofile` where so many are meant",
)
SLOW: Final = _measured(
    "probe.slow",
    Severity.WARNING,
    Restart.NO,
    Rank.CONSEQUENCE,
    "answers of an app's probes over 5 minutes",
    "It answers, and much slower than in the hour before",
    "`usher graph NAME`: memory and processor time over the same minutes; the database's slow log",
    "Find what became slow; a restart would hide it",
)
HOST_MEMORY: Final = _measured(
    "host.memory_pressure",
    Severity.ERROR,
    Restart.NO,
    Rank.ROOT,
    "/proc/meminfo and /proc/pressure/memory",
    "The host has hardly any memory left: everything becomes slow, and the kernel kills",
    "`ps aux --sort=-rss | head`, `usher list`",
    "End what is not needed, give apps a limit, or give the host memory",
)
FOREIGN_HOG: Final = _measured(
    "host.memory_hog_foreign",
    Severity.CRITICAL,
    Restart.NO,
    Rank.ROOT,
    "processes that usher does not run",
    "A process that is none of usher's holds much of the host's memory",
    "Who started it, and what it is: `ls -l /proc/PID/exe`, `cat /proc/PID/cgroup`",
    "End it if it should not run; restarting apps does not help",
)
DISK: Final = _measured(
    "host.disk",
    Severity.ERROR,
    Restart.NO,
    Rank.ROOT,
    "the file systems of usher's home and of logs",
    "A disk is nearly full, or will be within a day",
    "`df -h`, `df -i`, `du -xh / | sort -h | tail`",
    "Remove what is not needed, or make the disk larger",
)
CLOCK: Final = _measured(
    "clock.jump",
    Severity.WARNING,
    Restart.NO,
    Rank.ROOT,
    "both clocks of the host",
    "The wall clock was set: tokens and certificates may be refused, times in logs mislead",
    "`timedatectl`; the log of chrony or systemd-timesyncd",
    "Have the clock follow a time server that slews it",
)
SLOW_STOP: Final = _measured(
    "shutdown.slow",
    Severity.WARNING,
    Restart.NO,
    Rank.CODE,
    "connections of an app that had to be killed",
    "It was told to stop and waited for connections that clients keep open (WebSockets)",
    "`usher events NAME`: `stopping` and `killing`; which clients stay connected",
    "On the stop signal close them (WebSockets with code 1001 or 1012)",
)
KILLED: Final = _measured(
    "host.kill_unexplained",
    Severity.ERROR,
    Restart.ONCE,
    Rank.ROOT,
    "the end of an app's process",
    "Signal 9 came from outside usher, and nothing shows a lack of memory",
    "`usher audit`, shell histories, other supervisors and agents on the host",
    "Find who kills it",
)
STATIC_HEALTH: Final = _measured(
    "health.endpoint_static",
    Severity.WARNING,
    Restart.NO,
    Rank.CONSEQUENCE,
    "probes of an app",
    "Its health endpoint says that all is well while something that it needs does not answer",
    "What the endpoint looks at; `usher describe NAME` has both answers",
    "Have it ask what the app needs, or let a probe of scope `dependency` decide",
)
BIND_MISMATCH: Final = _measured(
    "net.bind_mismatch",
    Severity.WARNING,
    Restart.NO,
    Rank.ROOT,
    "listening sockets of an app's processes",
    "It listens at another port or address than its definition says: clients cannot reach it",
    "`ss -ltnp`; PORT and HOST in `usher env NAME`, and which of them the code reads",
    "Have the code listen where PORT and HOST say, or correct the definition",
)
CERTIFICATE: Final = _measured(
    "cert.expiry",
    Severity.WARNING,
    Restart.NO,
    # Not ROOT: as long as it is valid it explains nothing else.
    Rank.CODE,
    "the certificate that a probe `tls` is shown",
    "A certificate runs out soon (critical: within 3 days), or is not trusted",
    "`usher probe tls://HOST:PORT`; `openssl s_client -connect HOST:PORT` shows the whole chain",
    "Renew it (`certbot renew`), have the server load it; see why that did not happen by itself",
)

SIGNATURES: Final = (
    RISING,
    LEAK,
    MASKED_LEAK,
    DESCRIPTORS,
    SLOW,
    HOST_MEMORY,
    FOREIGN_HOG,
    DISK,
    CLOCK,
    SLOW_STOP,
    KILLED,
    STATIC_HEALTH,
    BIND_MISMATCH,
    CERTIFICATE,
)
