"""The services' processes: spawned through a gate, signalled, and reported until acknowledged."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time

from usher.keeper import cgroup, child, family, procfs, request
from usher.keeper.spare import Spare
from usher.keeper.stream import Output
from usher.keeper.sweep import Remains, Sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from usher.keeper.channels import Channels
    from usher.keeper.logs import Logs
    from usher.keeper.loop import Loop
    from usher.keeper.sockets import Sockets
    from usher.keeper.wire import Message

    Answer = Callable[["Run | OSError"], None]

_FDS: Final = ["pidfd", "stdout", "stdout.stage", "stderr", "stderr.stage", "channel"]
"""Order of a run's descriptors in every message; most runs have no channel."""

DRAIN_LIMIT: Final = 0.25
"""Seconds an exit waits for its last output to reach the disk before it is reported anyway."""

STATUS_LIMIT: Final = 3.0
"""Seconds to wait until somebody reaps a process that is not our child (design 2.2.3)."""

ACK_LIMIT: Final = 10.0
"""Seconds a daemon may leave an exit unacknowledged before it is taken for hung (design 2.2.8)."""


class Run:
    """One process of a service, from its fork until its exit is acknowledged."""

    __slots__ = (
        *("name", "pid", "pidfd", "started", "fds", "logs", "sockets"),
        *("gate", "opener", "opened", "reaped", "status", "exit"),
        *("group", "kill_tree", "killed", "remains"),
    )

    def __init__(self, name: str, pid: int, started: int, fds: list[int]) -> None:
        self.name = name
        self.pid = pid
        self.pidfd = fds[0]
        self.started = started
        self.fds = fds
        self.logs: dict[str, Any] = {}
        self.sockets: list[str] = []
        self.gate: child.Child | None = None
        self.opener: Callable[[Message], None] | None = None
        """Is told when exec has succeeded or failed."""
        self.opened = False
        self.reaped = False
        self.status: dict[str, Any] | None = None
        self.exit: Message | None = None
        self.group: str | None = None
        """Folder of its control group, if it has one."""
        self.kill_tree = True
        """What it leaves behind is ended with it."""
        self.killed = False
        """All of it is being killed: what is left gets no time either."""
        self.remains: Remains | None = None

    @property
    def fd_names(self) -> list[str]:
        """What its descriptors are, in their order."""
        return _FDS[: len(self.fds)]


class Birth:
    """A run whose process is about to be forked. `answers` get the run, or the error instead."""

    __slots__ = ("answers", "name", "ours", "outputs", "program", "spec", "theirs")

    def __init__(
        self,
        name: str,
        spec: dict[str, Any],
        ours: list[int],
        theirs: list[int],
        outputs: list[Output],
        program: child.Program,
    ) -> None:
        self.name = name
        self.spec = spec
        self.ours = ours
        self.theirs = theirs
        """Descriptors that only the child is to have."""
        self.outputs = outputs
        self.program = program
        self.answers: list[Answer] = []


class Runs:
    """All runs by name. `tell` sends to the daemon; `overdue` is called for a hung daemon.

    `nofile` is the limit (soft, hard) of open files that children get back.
    """

    def __init__(
        self,
        loop: Loop,
        logs: Logs,
        sockets: Sockets,
        tell: Callable[[Message], None],
        overdue: Callable[[], None],
        nofile: tuple[int, int],
        make_channels: Callable[[], Channels],
        other_children: Callable[[], set[int]],
    ) -> None:
        self._loop = loop
        self._sweep = Sweep(loop, self._known_children)
        self._spare = Spare(loop)
        self._groups = cgroup.find()
        self._other_children = other_children
        self._logs = logs
        self._sockets = sockets
        self._tell = tell
        self._overdue = overdue
        self._boot_id = procfs.boot_id()
        self._runs: dict[str, Run] = {}
        self._by_pid: dict[int, Run] = {}
        self._births: dict[str, Birth] = {}
        self._held: list[Run] = []
        self._inherited = nofile
        self._make_channels = make_channels
        self._channels: Channels | None = None
        _raise_nofile(nofile)

    def __getitem__(self, name: str) -> Run:
        if name not in self._runs:
            raise KeyError(f"no run {name!r}")
        return self._runs[name]

    @property
    def channels(self) -> Channels:
        """The Node IPC channels; their code is loaded when the first run has one."""
        if self._channels is None:
            self._channels = self._make_channels()
        return self._channels

    def all(self) -> list[Run]:
        return list(self._runs.values())

    def exits(self) -> list[Message]:
        """Exits not yet acknowledged; from now on the daemon has time to do so."""
        found = [run for run in self._runs.values() if run.exit]
        for run in found:
            self._await_ack(run)
        return [run.exit for run in found if run.exit]

    def record(self, run: Run) -> dict[str, Any]:
        """Everything a later keeper needs to adopt the run, besides its descriptors."""
        return {
            "run": run.name,
            "pid": run.pid,
            "started": run.started,
            "boot_id": self._boot_id,
            "logs": run.logs,
            "sockets": run.sockets,
            "opened": run.opened,
            "group": run.group,
            "kill_tree": run.kill_tree,
            "channel": self._channels.setup(run.name) if self._channels else None,
        }

    # -- starting ----------------------------------------------------------------------------------

    def spawn(self, name: str, spec: dict[str, Any], answer: Answer) -> None:
        """Fork a child that waits at its gate; a name already known answers with its run.

        Answers with OSError when processes are used up; raises it when descriptors are, and
        KeyError for unknown sockets.
        """
        if name in self._runs:
            answer(self._runs[name])
            return
        if name not in self._births:
            self._births[name] = self._prepare(name, spec)
            self._loop.after("fork", 0.0, self._fork_all)
        self._births[name].answers.append(answer)

    def _prepare(self, name: str, spec: dict[str, Any]) -> Birth:
        sockets = [(each["name"], self._sockets[each["key"]].socket) for each in spec["sockets"]]
        ours: list[int] = []
        theirs: list[int] = []
        logs = {"stdout": spec["stdout"], "stderr": spec["stderr"]}
        try:
            theirs.append(_standard_input(pipe=spec.get("stdin") == "pipe"))
            _make_streams(ours, theirs, logs)
            outputs = _outputs(name, ours, logs)
            far = _make_channel(ours, theirs) if spec.get("channel") else None
            # Duplicates: the socket may be closed before we come to fork.
            passed = [(each, os.dup(held.fileno())) for each, held in sockets]
            theirs += [fd for _, fd in passed]
            program = request.program(spec, theirs[:3], passed, self._inherited, far)
        except BaseException:
            _close_all([*ours, *theirs])
            raise
        return Birth(name, spec, ours, theirs, outputs, program)

    def _fork_all(self) -> None:
        """Fork what was asked for in this round, one right after the other.

        What we write to between two forks is copied; so the less we do between them, the better.
        """
        births, self._births = self._births, {}
        forked = [(birth, self._fork(birth.program)) for birth in births.values()]
        outputs: list[Output] = []
        for birth, made in forked:
            _close_all(birth.theirs)
            if isinstance(made, OSError):
                _close_all(birth.ours)
                found = made
            else:
                found = self._born(birth, *made)
                outputs += birth.outputs
            for answer in birth.answers:
                answer(found)
        # Last, because the log thread would delay the rest; and before anything can be reaped.
        self._logs.add(outputs, held=False)

    def _fork(self, program: child.Program) -> tuple[child.Child, int] | OSError:
        """Return a child at its gate and its start time."""
        try:
            made = self._spare.take(program) or child.start(program)
        except OSError as error:
            return error
        try:
            return made, procfs.start_time(made.pid)
        except OSError as error:  # no descriptor is left; without its gate the child exits
            made.gate.close()
            os.close(made.pidfd)
            return error

    def _born(self, birth: Birth, made: child.Child, started: int) -> Run:
        name, spec = birth.name, birth.spec
        run = Run(name, made.pid, started, [made.pidfd, *birth.ours])
        run.gate = made
        run.logs = {"stdout": spec["stdout"], "stderr": spec["stderr"]}
        run.sockets = [each["key"] for each in spec["sockets"]]
        run.kill_tree = spec.get("kill_tree", True)
        self._enter_group(run)
        run.remains = self._remains(run)
        self._runs[name] = self._by_pid[run.pid] = run
        if spec.get("channel"):
            setup = {each: spec.get(each) for each in ("umask", "uid", "gid", "groups")}
            self.channels.add(name, run.pid, run.fds[-1], {**spec["channel"], **setup}, run.sockets)
        return run

    def open(self, run: Run, answer: Callable[[Message], None]) -> None:
        """Let the child through its gate; `answer` gets the outcome of exec.

        To be called when the daemon has the run: what it does not know of must not start.
        """
        if run.opened:
            answer({"ok": True, "pid": run.pid})
            return
        if run.gate is None or run.status:
            answer({"ok": False, "stage": "gate", "errno": None, "error": "it ended at its gate"})
            return
        run.opened = True
        run.opener = answer
        self._loop.watch(run.gate.gate.fileno(), lambda: self._gate_answers(run))
        try:
            run.gate.open_gate()
        except OSError:
            pass  # it was killed at its gate: the reaper tells

    def drop_unopened(self) -> None:
        """Send away the children at their gates: nobody knows them who could open."""
        for birth in self._births.values():
            _close_all([*birth.ours, *birth.theirs])
        self._births.clear()
        for run in self._runs.values():
            if run.gate and not run.opened:
                self._close_gate(run)

    def _gate_answers(self, run: Run) -> None:
        if run.gate is None or run.opener is None:
            return
        failure = run.gate.outcome()
        answer, run.opener = run.opener, None
        self._loop.forget(run.gate.gate.fileno())
        self._close_gate(run)
        if failure is None:
            answer({"ok": True, "pid": run.pid})
            return
        stage, number = failure
        self._forget(run)  # its exit is this answer; the reaper takes the process silently
        reason = os.strerror(number) if number else "internal error"
        answer(
            {"ok": False, "stage": stage, "errno": number or None, "error": f"{stage}: {reason}"}
        )

    def _close_gate(self, run: Run) -> None:
        if run.gate:
            run.gate.gate.close()
            run.gate = None

    # -- signals -----------------------------------------------------------------------------------

    def signal(self, run: Run, number: int, scope: str) -> None:
        """Signal the main process; "group": all of its process group; "run": all that is of it.

        "run" reaches children before their parents, so that none is started anew.
        """
        if scope == "group":
            marker = b"USHER_RUN=" + os.fsencode(run.name)
            procfs.signal_group(run.pid, run.pidfd, number, reaped=run.reaped, marker=marker)
            return
        if scope == "run" and run.remains is not None:
            run.killed = run.killed or number == signal.SIGKILL
            for member in reversed(run.remains.left()[0]):
                member.send(number)
            if run.reaped:
                return
        signal.pidfd_send_signal(run.pidfd, number)

    def _enter_group(self, run: Run) -> None:
        """Put the child at its gate into a control group of its own, where we may make one."""
        if self._groups is None:
            return
        try:
            run.group = cgroup.make(self._groups, run.name)
            cgroup.enter(run.group, run.pid)
        except OSError:
            run.group = None  # the walk through its children does it, too

    def _remains(self, run: Run) -> Remains:
        mark = family.Mark(run.name, run.pid, (run.fds[1], run.fds[3]))
        return Remains(run.pid, mark, run.group, self._known_children)

    def _known_children(self) -> set[int]:
        return {run.pid for run in self._runs.values()} | self._other_children()

    # -- ending ------------------------------------------------------------------------------------

    def reaped(self, pid: int, status: int) -> bool:
        """Take the wait status of a child; False when it is none of ours."""
        run = self._by_pid.get(pid)
        if run is None:
            return False
        self._gate_answers(run)  # exec may have failed; that is no exit
        if run.name in self._runs:
            self._ended(run, procfs.describe_status(status))
        return True

    def drained(self, name: str) -> None:
        """The last output of a run that ended is written."""
        run = self._runs.get(name)
        if run and run.status:
            self._report(run, pending=False)

    def acknowledge(self, names: list[str]) -> None:
        """Forget these runs; one that still lives is kept."""
        for name in names:
            run = self._runs.get(name)
            if run and run.exit:
                self._forget(run)

    def disconnected(self) -> None:
        """The daemon has gone: it cannot acknowledge, and what it did not open must not start."""
        for run in self._runs.values():
            self._loop.cancel(("ack", run.name))
        self.drop_unopened()

    def _ended(self, run: Run, status: dict[str, Any]) -> None:
        self._by_pid.pop(run.pid, None)
        self._loop.forget(run.pidfd)
        self._close_gate(run)
        run.reaped = True
        if not run.opened:
            status = {"gate": True}
        elif run.group and (kills := cgroup.memory_kills(run.group)) is not None:
            status = {**status, "memory_kills": kills}
        at, boot = time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
        run.status = {"status": status, "at": at, "boot": boot}
        if run.remains is None or not run.kill_tree:
            self._drain(run)
            return
        self._sweep.begin(
            run.name, run.remains, lambda left: self._swept(run, left), kill=run.killed
        )

    def _swept(self, run: Run, strays: list[tuple[int, str]]) -> None:
        if run.status is not None:
            if strays:
                run.status["strays"] = strays
            self._drain(run)

    def _drain(self, run: Run) -> None:
        if self._channels:
            self._channels.finish(run.name)
        self._loop.after(("drain", run.name), DRAIN_LIMIT, lambda: self._report(run, pending=True))
        self._logs.finish(run.name)

    def _report(self, run: Run, *, pending: bool) -> None:
        self._loop.cancel(("drain", run.name))
        if run.exit is None and run.status is not None:
            run.exit = {"kind": "exited", "run": run.name, "pid": run.pid, **run.status}
            if pending:
                run.exit["log_pending"] = True
            self._tell(run.exit)
            self._await_ack(run)
            self._spare.prepare()

    def _await_ack(self, run: Run) -> None:
        self._loop.after(("ack", run.name), ACK_LIMIT, self._overdue)

    def _forget(self, run: Run) -> None:
        self._runs.pop(run.name, None)
        self._by_pid.pop(run.pid, None)
        for timer in ("ack", "drain", "status"):
            self._loop.cancel((timer, run.name))
        self._sweep.cancel(run.name)
        if run.group:
            cgroup.remove(run.group)
        self._logs.close(run.name)
        if self._channels:
            self._channels.close(run.name)
        self._loop.forget(run.pidfd)
        self._close_gate(run)
        os.close(run.pidfd)

    # -- adoption ----------------------------------------------------------------------------------

    def adopt(self, record: dict[str, Any], fds: list[int]) -> None:
        """Take over a run of an earlier keeper; its descriptors belong to us from now on.

        Raises ValueError when they are not what the record says. Logs and exits wait for `resume`,
        because all files must be cut back before the first is appended to. A run that is known
        already stays as it is: two readers of one stage would mix it up.
        """
        if record["run"] in self._runs:
            _close_all(fds)
            return
        wanted = len(_FDS) if record.get("channel") else len(_FDS) - 1
        if record["boot_id"] != self._boot_id or len(fds) != wanted:
            raise ValueError("the record is of another boot, or descriptors are missing")
        pid = procfs.pidfd_pid(fds[0])
        if pid not in (record["pid"], -1):
            raise ValueError(f"the pidfd is of process {pid}, not {record['pid']}")
        self._held.append(self._take_over(record, fds))

    def _take_over(self, record: dict[str, Any], fds: list[int]) -> Run:
        outputs = _outputs(record["run"], fds[1:], record["logs"])
        run = Run(record["run"], record["pid"], record["started"], fds)
        run.opened = record["opened"]
        run.logs = record["logs"]
        run.sockets = record["sockets"]
        run.group, run.kill_tree = record.get("group"), record.get("kill_tree", True)
        run.remains = self._remains(run)
        self._runs[run.name] = self._by_pid[run.pid] = run
        self._logs.add(outputs, held=True)
        if record.get("channel"):
            self.channels.add(run.name, run.pid, fds[-1], record["channel"], run.sockets)
        return run

    def resume(self) -> None:
        """Begin with what was adopted."""
        self._logs.resume()
        if any("asked" in held.record for held in self._sockets.all()):
            self.channels.resume()
        held, self._held = self._held, []
        for run in held:
            self._watch_adopted(run)

    def is_quiet(self) -> bool:
        """Whether no child is on its way through its gate."""
        return not self._births and not any(run.gate for run in self._runs.values())

    def ledger(self) -> list[dict[str, Any]]:
        """What `inherit` needs of each run after an exec; descriptors by number."""
        return [
            {"record": self.record(run), "fds": run.fds, "ended": run.status, "exit": run.exit}
            for run in self._runs.values()
        ]

    def inherit(self, entries: list[dict[str, Any]]) -> None:
        """Go on with the runs this process had before its exec; most are our own children."""
        for entry in entries:
            run = self._take_over(entry["record"], entry["fds"])
            run.status, run.exit = entry["ended"], entry["exit"]
            if run.status:
                run.reaped = True
                del self._by_pid[run.pid]
        self._logs.resume()
        for run in self._runs.values():
            if run.status is None and not procfs.is_child(run.pidfd):
                self._watch_adopted(run)
            elif run.status and run.exit is None:
                self._drain(run)

    def _watch_adopted(self, run: Run) -> None:
        if run.remains is not None:
            run.remains.ours = False
        self._loop.watch(run.pidfd, lambda: self._adopted_ended(run, time.monotonic()))

    def _adopted_ended(self, run: Run, since: float) -> None:
        self._loop.forget(run.pidfd)
        status = procfs.exit_status(run.pid, run.started, run.pidfd)
        if status is not None:
            # Its keeper may have died after it opened the gate and before it said so.
            run.opened = run.opened or os.waitstatus_to_exitcode(status) != child.GATE_CLOSED
            self._ended(run, procfs.describe_status(status))
        elif time.monotonic() - since > STATUS_LIMIT:
            self._ended(run, {"unknown": True})
        else:
            again = ("status", run.name)
            self._loop.after(again, 0.02, lambda: self._adopted_ended(run, since))


def _standard_input(*, pipe: bool) -> int:
    """Open the child's 0: nothing, or a pipe whose only holder is the child.

    It holds both ends, by one descriptor, so that the input does not end with us: who wants to
    write opens /proc/PID/fd/0.
    """
    if not pipe:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    ends = os.pipe2(os.O_CLOEXEC)
    try:
        return os.open(f"/proc/self/fd/{ends[0]}", os.O_RDWR | os.O_CLOEXEC)
    finally:
        _close_all([*ends])


def _make_streams(ours: list[int], theirs: list[int], logs: dict[str, Any]) -> None:
    """Open the child's 1 and 2 as `theirs`, and as `ours` pipe and stage of its two outputs.

    Output that nobody keeps goes to /dev/null at once; its pipe then has ended from the start.
    """
    for spec in (logs["stdout"], logs["stderr"]):
        read, write = os.pipe2(os.O_CLOEXEC)
        ours.append(read)
        theirs.append(write)
        if spec["path"] == os.devnull and not spec.get("combined"):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, write, inheritable=False)
            os.close(null)
        os.set_blocking(read, False)
        ours.append(os.memfd_create("usher-stage", os.MFD_CLOEXEC))


def _make_channel(ours: list[int], theirs: list[int]) -> int:
    """Open a Node IPC channel, the last of `ours`; return the child's end, the last of `theirs`."""
    near, far = socket.socketpair()
    ours.append(near.detach())
    theirs.append(far.detach())
    return theirs[-1]


def _outputs(run: str, fds: list[int], logs: dict[str, Any]) -> list[Output]:
    """Pair the descriptors pipe, stage, pipe, stage with the LogSpecs of the two streams."""
    return [
        Output(run, fds[0], fds[1], logs["stdout"], "out"),
        Output(run, fds[2], fds[3], logs["stderr"], "err"),
    ]


def _close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


def _raise_nofile(inherited: tuple[int, int]) -> None:
    """The keeper holds six descriptors a run; its children get the inherited limit back."""
    _, hard = inherited
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, child.MOST_FILES), hard))
