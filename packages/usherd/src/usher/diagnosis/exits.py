"""What the way in which a process ended says about why (spec/operations.md B.3, measured)."""

from typing import Final, NamedTuple

from usher.diagnosis.signature import Restart


class Circumstances(NamedTuple):
    """What else is known about an end."""

    stopped_by_us: bool = False
    """usher had sent the signal."""
    memory_killed: bool | None = False
    """The kernel killed it for lack of memory (`memory_kill`); None: perhaps."""
    signalled: int | None = None
    """Number of a signal that a person had usher send it just before."""
    heap_exhausted: bool = False
    """The process wrote that V8's heap is full."""


class Ending(NamedTuple):
    """One kind of end."""

    id: str
    meaning: str
    restart: Restart


CLEAN: Final = Ending(
    "exit.clean_unexpected",
    "it ended by itself without an error, although it should run: nothing was left to wait for",
    Restart.ONCE,
)
FAILED: Final = Ending("exit.error", "it ended with an error of its own", Restart.ONCE)
BY_US: Final = Ending("usher.stopped", "usher had stopped it", Restart.NO)
FORCED: Final = Ending("usher.forced_stop", "usher killed it: it did not end in time", Restart.NO)
NO_MEMORY: Final = Ending(
    "os.oom_kill", "the kernel killed it: host or control group was out of memory", Restart.AUTO
)
HEAP: Final = Ending("node.heap_oom", "V8's heap was full and Node aborted", Restart.AUTO)
KILLED: Final = Ending(
    "host.kill_unexplained", "killed by signal 9 from outside usher, no OOM evidence", Restart.ONCE
)
KILLED_PERHAPS: Final = KILLED._replace(
    meaning="killed by signal 9 from outside usher, perhaps by the kernel for lack of memory"
)
SIGNALLED: Final = Ending(
    "usher.signalled", "a person had usher send it a signal (`usher signal`)", Restart.AUTO
)
ABORTED: Final = Ending("exit.abort", "it aborted itself", Restart.ONCE)
FAULT: Final = Ending(
    "os.segfault", "it touched memory that is not its own: often a native module", Restart.ONCE
)
TERMINATED: Final = Ending(
    "exit.terminated", "somebody other than usher asked it to end (SIGTERM)", Restart.ONCE
)

BY_CODE: Final = {
    0: CLEAN,
    3: Ending("exit.app_defined", '3: of its own meaning; Gunicorn\'s "no worker"', Restart.NO),
    9: Ending("node.bad_option", "9: Node knows an option of the command not", Restart.NO),
    13: Ending("node.unsettled_await", "13: a module of Node never finished loading", Restart.NO),
    126: Ending("exec.not_executable", "126: the command may not be executed", Restart.NO),
    127: Ending("exec.command_missing", "127: the command was not found", Restart.NO),
}

_BY_MEMORY: Final = {True: NO_MEMORY, False: KILLED, None: KILLED_PERHAPS}

_KILL, _TERM, _ABORT, _SEGV = 9, 15, 6, 11
_TO_END: Final = (1, 2, 3, _TERM)
"""Signals (HUP, INT, QUIT, TERM) upon which a program may end in order."""
_SHELL: Final = 128
"""A shell reports the end by signal N as 128 + N."""


def ending(code: int | None, signal: int | None, known: Circumstances) -> Ending:
    """The kind of an end: `code` of an exit, or number of the `signal` that ended the process."""
    if signal is None and code is not None and _SHELL < code <= _SHELL + 64:
        signal = code - _SHELL
    if not known.stopped_by_us and _is_answer(known.signalled, code, signal):
        return SIGNALLED
    if signal is not None:
        return _by_signal(signal, known)
    if known.stopped_by_us:
        return BY_US
    return BY_CODE.get(code, FAILED) if code is not None else FAILED


def _is_answer(sent: int | None, code: int | None, signal: int | None) -> bool:
    """Whether this is how a process ends upon a signal: by it, or in order."""
    if sent is None:
        return False
    return signal == sent or (signal is None and code == 0 and sent in _TO_END)


def _by_signal(signal: int, known: Circumstances) -> Ending:
    if signal == _KILL:
        return FORCED if known.stopped_by_us else _BY_MEMORY[known.memory_killed]
    if known.stopped_by_us:
        return BY_US
    if signal == _ABORT:
        return HEAP if known.heap_exhausted else ABORTED
    return {_SEGV: FAULT, _TERM: TERMINATED}.get(signal, FAILED)
