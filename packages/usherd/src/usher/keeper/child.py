"""Starting one program: fork, a gate at which the child waits, and the steps up to exec.

The gate is a socket pair. The child takes the steps of `_STEPS`, then it waits for a word at its
gate; the end of the keeper's side makes it exit, so nothing is executed that nobody knows of. A
step that failed is named on the same socket after the word, and a successful exec closes it.

A spare child (`spare`) is forked before its program is known, which then comes through its gate.
"""

from __future__ import annotations

# `signal` turns every number into an enum: half a millisecond of each start.
import _signal  # pyright: ignore[reportMissingModuleSource] (built in; stub in typings/)
import errno
import fcntl
import marshal
import os
import resource
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

GATE_CLOSED: Final = 121
"""Exit code of a child whose gate was closed; sysexits and shells do not use it."""

_GO: Final = b"go"

_PACKED_LIMIT: Final = 128 * 1024
"""Bytes of a packed program that a gate takes; its send buffer holds 208 KiB."""

_MOST_PASSED: Final = 250
"""The kernel takes 253 descriptors a packet (SCM_MAX_FD)."""

_PR_SET_NO_NEW_PRIVS: Final = 38

MOST_FILES: Final = 1 << 20
"""Above every descriptor of ours (our limit is held below it), so that children need not look how
many there are; the kernel closes a range at once (before Linux 5.9 it takes a loop of 50 ms)."""

ALL_SIGNALS: Final = frozenset(_signal.valid_signals())


class Identity:
    """The user a program runs as; set before the folder is entered, so it must be allowed to."""

    __slots__ = ("gid", "groups", "uid")

    def __init__(self, uid: int, gid: int, groups: list[int]) -> None:
        self.uid = uid
        self.gid = gid
        self.groups = groups


class Program:
    """What to execute and in which surroundings.

    `descriptors` become 0, 1, 2 and so on; `argv[0]` is searched in the PATH of `env`; limits are
    (resource, soft, hard).
    """

    __slots__ = (
        "argv",
        "cwd",
        "descriptors",
        "env",
        "identity",
        "limits",
        "listen",
        "nice",
        "umask",
    )

    def __init__(
        self, argv: list[bytes], env: dict[bytes, bytes], cwd: bytes, descriptors: list[int]
    ) -> None:
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.descriptors = descriptors
        self.umask = 0o022
        self.limits: list[tuple[int, int, int]] = []
        self.identity: Identity | None = None
        self.listen = False
        """Sockets are among the descriptors: LISTEN_PID must name the child."""
        self.nice = 0

    def pack(self) -> bytes:
        """Return everything but the descriptors, for `unpack` in a child of ours."""
        who = self.identity and (self.identity.uid, self.identity.gid, self.identity.groups)
        rest = (self.umask, self.limits, self.listen, self.nice)
        return marshal.dumps((self.argv, self.env, self.cwd, who, *rest))

    @classmethod
    def unpack(cls, packed: bytes, descriptors: list[int]) -> Program:
        """Make a program of what `pack` returned."""
        argv, env, cwd, who, *rest = marshal.loads(packed)  # noqa: S302 (our own words)
        made = cls(argv, env, cwd, descriptors)
        made.umask, made.limits, made.listen, made.nice = rest
        made.identity = who and Identity(*who)
        return made


class Child:
    """A program at its gate, or beyond it."""

    __slots__ = ("gate", "pid", "pidfd")

    def __init__(self, pid: int, pidfd: int, gate: socket.socket) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.gate = gate

    def equip(self, program: Program) -> None:
        """Give a spare child its program; raises OSError when it is gone or takes no such one."""
        packed = program.pack()
        if len(packed) > _PACKED_LIMIT or len(program.descriptors) > _MOST_PASSED:
            raise OSError(errno.EMSGSIZE, "the program does not fit a packet")
        socket.send_fds(self.gate, [packed], program.descriptors)

    def open_gate(self) -> None:
        """Let the child go on; raises OSError when it is gone."""
        self.gate.send(_GO)

    def outcome(self) -> tuple[str, int] | None:
        """Return None when exec succeeded (or the child died), else the failed (stage, errno).

        To be called when the gate can be read.
        """
        try:
            answer = self.gate.recv(256)
        except ConnectionResetError:
            return None  # it ended with our byte unread
        if not answer:
            return None
        stage, _, number = answer.decode("ascii").partition(" ")
        return stage, int(number)


def start(program: Program) -> Child:
    """Fork a child that waits at its gate; raises OSError when there is no process to be had."""
    return _fork(program)


def spare() -> Child:
    """Fork a child that waits for its program (`Child.equip`); raises OSError as `start` does."""
    return _fork(None)


def _fork(program: Program | None) -> Child:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with far:
        # A signal in the child must not run our handlers, which write to the loop's wake pipe.
        before = _signal.pthread_sigmask(_signal.SIG_BLOCK, ALL_SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                _become(program, far.fileno())
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
    near.setblocking(False)
    return Child(pid, os.pidfd_open(pid), near)


# -- in the child ----------------------------------------------------------------------------------


def _become(program: Program | None, gate: int) -> NoReturn:
    stage = "session"
    try:
        os.setsid()
        stage = "signals"
        _reset_signals()
        stage = "descriptors"
        if program is None:
            gate = _place_descriptors([], gate)  # what is the keeper's must not be held meanwhile
            program = _receive(gate)
        gate = _place_descriptors(program.descriptors, gate)
        for stage, step in _STEPS:  # noqa: B007 (read where a step fails)
            step(program)
        stage = "exec"
        _pass(gate)
        _exec(program)
    except OSError as error:
        _fail(gate, stage, error.errno or 0)
    except BaseException:  # noqa: BLE001 (nothing may return into the keeper's code)
        _fail(gate, stage, 0)
    finally:
        os._exit(127)


def _fail(gate: int, stage: str, number: int) -> None:
    """Name the stage that failed, but not before the gate is open: nobody would read it."""
    if stage != "exec":
        _pass(gate)
    os.write(gate, f"{stage} {number}".encode())


def _pass(gate: int) -> None:
    if os.read(gate, 16) != _GO:
        os._exit(GATE_CLOSED)


def _receive(gate: int) -> Program:
    with socket.socket(fileno=os.dup(gate)) as channel:
        packed, descriptors, _, _ = socket.recv_fds(channel, _PACKED_LIMIT, _MOST_PASSED)
    if not packed:
        os._exit(GATE_CLOSED)
    return Program.unpack(packed, descriptors)


def _place_descriptors(wanted: list[int], gate: int) -> int:
    """Put `wanted` at 0.. and the gate behind them, close everything else; return the gate."""
    free = len(wanted) + 1
    copies = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, free) for fd in [*wanted, gate]]
    for number, copy in enumerate(copies):
        os.dup2(copy, number, inheritable=number < len(wanted))
    kept = len(wanted)
    os.closerange(kept + 1, MOST_FILES)
    return kept


def _reset_signals() -> None:
    """Undo what Python and the keeper's parent ignore or block: a program expects defaults."""
    for number in ALL_SIGNALS - {_signal.SIGKILL, _signal.SIGSTOP}:
        _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, [])


def _spare_from_inherited_oom_score(_program: Program) -> None:
    """A keeper that the OOM killer avoids must not hand this on to a leaking service."""
    fd = os.open("/proc/self/oom_score_adj", os.O_RDWR)
    if int(os.read(fd, 16)) < 0:
        os.write(fd, b"0")
    os.close(fd)


def _set_umask(program: Program) -> None:
    os.umask(program.umask)
    if program.nice:
        os.nice(program.nice)


def _set_limits(program: Program) -> None:
    for which, soft, hard in program.limits:
        try:
            resource.setrlimit(which, (soft, hard))
        except ValueError:  # so the module spells EPERM
            raise PermissionError(errno.EPERM, "the limit is too high") from None


def _set_user(program: Program) -> None:
    become(program.identity)
    if program.identity is not None:
        _forbid_more_rights()


def _forbid_more_rights() -> None:
    """Neither it nor what it starts gains rights by executing a set-uid program."""
    import ctypes  # loaded long ago, when the keeper became a subreaper

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs cannot be set")


def become(who: Identity | None) -> None:
    """Give up our user for good; None: stay who we are. Raises OSError."""
    if who is None:
        return
    os.setgroups(who.groups)
    os.setresgid(who.gid, who.gid, who.gid)
    os.setresuid(who.uid, who.uid, who.uid)
    if os.getresuid() != (who.uid,) * 3 or os.getresgid() != (who.gid,) * 3:
        raise PermissionError(errno.EPERM, "the user could not be changed")


def _enter_folder(program: Program) -> None:
    os.chdir(program.cwd)


_STEPS: Final[tuple[tuple[str, Callable[[Program], None]], ...]] = (
    ("oom", _spare_from_inherited_oom_score),
    ("umask", _set_umask),
    ("rlimit", _set_limits),
    ("user", _set_user),
    ("chdir", _enter_folder),
)


def _exec(program: Program) -> None:
    """Execute, searching PATH as execvp does: a hit that may not be executed is remembered."""
    env = program.env
    if program.listen:
        env[b"LISTEN_PID"] = b"%d" % os.getpid()
    name = program.argv[0]
    if b"/" in name:
        os.execve(name, program.argv, env)  # noqa: S606 (no shell is meant)
    failure: OSError = FileNotFoundError(errno.ENOENT, "not found")
    for folder in env.get(b"PATH", os.fsencode(os.defpath)).split(b":"):
        try:
            os.execve(os.path.join(folder or b".", name), program.argv, env)  # noqa: S606
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            failure = error
            if not isinstance(error, PermissionError):
                raise
    raise failure
