"""Sentences and stable words for people: the vocabulary of the event stream.

`docs/reference/events.md` is generated from MEANINGS; programs may rely on the words, not on the
sentences that stand beside them.
"""

from typing import Literal, TypeAlias, assert_never, get_args

from usher.model.events import Exit, ExitStatus, Killed, Vanished
from usher.model.phase import Result

Word: TypeAlias = Literal[
    "waiting",
    "starting",
    "started",
    "ready",
    "completed",
    "exited",
    "restarting",
    "probe-failing",
    "probe-passed",
    "probe-never-passed",
    "unhealthy",
    "withheld",
    "evidence",
    "traced",
    "continued",
    "replaced",
    "exhausted",
    "env-check",
    "escalated",
    "recovered",
    "relapsed",
    "confirmed",
    "degraded",
    "restored",
    "held",
    "unblocked",
    "failed",
    "start-limit-hit",
    "refused",
    "timeout",
    "draining",
    "stopping",
    "killing",
    "kill-timeout",
    "stopped",
    "retired",
    "deleted",
    "rolling-stopped",
    "proved",
    "reloaded",
    "reload-rejected",
    "scheduled",
    "files-changed",
    "watch-paused",
    "memory-exceeded",
    "over-limit",
    "within-limit",
    "adopted",
    "lost",
    "watching",
    "unreachable",
    "asleep",
    "woke",
    "acting",
    "acted",
    "in-vain",
]

MEANINGS: dict[Word, str] = {
    "waiting": "It shall run, and waits for services it needs; the detail names them.",
    "starting": "Its process was asked for.",
    "started": "Its process runs; readiness is not proved yet.",
    "ready": "Readiness was proved; the detail says how and after how long.",
    "completed": "A job, or a service that need not run on, ended with success.",
    "exited": "Its process ended; the detail says how and after how long.",
    "restarting": "It will be started again by itself; the detail says when and which attempt.",
    "probe-failing": "A probe failed for the first time in a row.",
    "probe-passed": "It passes again before that was as often as its threshold: nothing is done.",
    "probe-never-passed": "A probe failed as often as its threshold and has never passed: it is "
    "probably configured wrongly, so nothing is restarted.",
    "unhealthy": "A probe of scope `self` failed as often as its threshold: not ready any more.",
    "withheld": "An unhealthy instance is left alone for now; the detail says why.",
    "evidence": "The process was looked at before anything is done to it.",
    "traced": "A debugger holds the process: it is never touched.",
    "continued": "The process was found stopped and was sent SIGCONT.",
    "replaced": "The instance is stopped and started anew because its probe fails.",
    "exhausted": "It was replaced as often as is allowed, and its probe fails again: a person has "
    "to find out why. It is tried again when the window of `restart.replace_window` has passed.",
    "env-check": "It is in trouble for as long as `restart.check_env_after` says: its variables "
    "are compared with their sources; `env-checked` tells what was found.",
    "escalated": "It is in trouble for as long as `restart.escalate_after` says, whatever it is "
    "and whatever was done about it: a person has to look at it. usher goes on as before.",
    "recovered": "The same probe passes again, as often as its threshold asks for.",
    "relapsed": "The same failure came back before the recovery was confirmed.",
    "confirmed": "The recovery has lasted a minute; the incident is closed.",
    "degraded": "It runs, but something it depends on does not; nothing is restarted for that.",
    "restored": "What it depends on is back.",
    "held": "Restarts did not help, and it is tried again at the time in the detail; or none can "
    "help: the detail names the fault (`blocked: ...`), and what is looked at again.",
    "unblocked": "What kept it from being started is gone: it is started.",
    "failed": "Given up until a person starts or resets it.",
    "start-limit-hit": "Given up: it was never ready in all the starts it was allowed.",
    "refused": "The safety check before the start found reasons against it.",
    "timeout": "It was not ready in time and is being stopped.",
    "draining": "New connections are steered to other instances before the stop signal.",
    "stopping": "The stop signal was sent.",
    "killing": "It did not end in time: SIGKILL was sent to its process group.",
    "kill-timeout": "The kernel has not ended the killed process in time.",
    "stopped": "It is down, as asked.",
    "retired": "It is down because another has its place: its successor, what it should have "
    "replaced, or a newer definition.",
    "deleted": "Its service was deleted, and is forgotten with all its instances; or a remote is "
    "watched no more.",
    "rolling-stopped": "An instance failed while instances were replaced one by one; the others "
    "were left as they are.",
    "proved": "In a reload: it is ready and was healthy for long enough to take over.",
    "reloaded": "A reload is done: the new generation has taken over all slots.",
    "reload-rejected": "The new generation is not proved; the detail says why. It is taken "
    "down, and the old one serves as before.",
    "scheduled": "Its schedule was due: it is restarted, or started if it was down by itself.",
    "files-changed": "A watched file, named in the detail, changed: it is restarted.",
    "watch-paused": "Files changed so often that restarting for them stops until a person starts, "
    "restarts, reloads or resets the service; the detail names the last file.",
    "memory-exceeded": "Its process tree uses more memory than it may: it is replaced, where that "
    "is possible beside it.",
    "over-limit": "It uses too much memory again, and was restarted as often as is allowed: it is "
    "left as it is, and a person has to find out why. It is tried again when the window of "
    "`restart.budget_window` has passed.",
    "within-limit": "It used more memory than it may; a reading says that it does not any more.",
    "adopted": "A new daemon or keeper found its process alive and watches it again.",
    "lost": "A new daemon or keeper did not find its process any more.",
    "watching": "A remote is asked from now on.",
    "unreachable": "A probe of scope `self` of a remote failed as often as its threshold.",
    "asleep": "A remote answers late, and its platform is one that puts it to sleep: it is given "
    "the time that `wake` says before it counts as down.",
    "woke": "It answers: it had been asleep, not down.",
    "acting": "A step that is declared for the recovery of a remote is carried out.",
    "acted": "It was carried out, or could not be; the detail says what was answered.",
    "in-vain": "A remote that something was done for did not answer again in time.",
}

WORDS: tuple[Word, ...] = get_args(Word)

_SIGNALS = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    18: "SIGCONT",
    19: "SIGSTOP",
    24: "SIGXCPU",
    25: "SIGXFSZ",
}
"""Linux numbers on x86-64 and arm64; the module `signal` may not be imported here."""


def signal_name(number: int) -> str:
    """`SIGTERM` for 15; the bare number where it has no everyday name."""
    return _SIGNALS.get(number, f"signal {number}")


def seconds(duration: float) -> str:
    """`0.1 s`, `12 s`, `15 min`: precise where it is short."""
    if duration >= 120:
        return f"{duration / 60:.3g} min"
    return f"{duration:.3g} s" if duration >= 0.001 else "0 s"


def mebibytes(size: int) -> str:
    """`660 MiB`."""
    return f"{size / 2**20:.0f} MiB"


def count(number: int, noun: str) -> str:
    """`1 time`, `3 times`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def result_of(status: ExitStatus) -> Result:
    """The result word of a process that ended by itself (systemd's words)."""
    match status:
        case Exit(code=0):
            return "success"
        case Exit():
            return "exit-code"
        case Killed(core=True):
            return "core-dump"
        case Killed():
            return "signal"
        case Vanished():
            return "unknown"
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(status)


def status_words(status: ExitStatus) -> str:
    """How a process ended, as the end of the sentence `it ...`."""
    match status:
        case Exit(code=code):
            return f"exited with code {code}"
        case Killed(signal=number, core=core):
            return f"was ended by {signal_name(number)}" + (" and dumped core" if core else "")
        case Vanished():
            return "ended while nobody watched, its status is unknown"
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(status)
