"""Processes of the host: what they run, who started them, and which TCP ports they hold.

Everything is read from /proc. What belongs to another user is seen as far as the kernel shows it:
its words, but neither its folder nor its sockets, unless root looks.
"""

import itertools
import os
import pwd
import re
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from usher.model.facts import Listener, Running
from usher.redaction.names import shown
from usher.redaction.redactor import Redactor

PROC: Final = Path("/proc")

_REDACTOR: Final = Redactor()

_MARKER: Final = b"USHER_RUN="
_PM2: Final = re.compile(r"PM2 v\S+: God Daemon \(.*")
_KEEPER_OPTION: Final = "--home"
_KEEPER_MODULES: Final = ("usher.keeper", "usher.main")
_CONTAINER: Final = re.compile(r"(docker|libpod|crio|cri-containerd|lxc)[-/.](\w{12})\w*")
_UNIT: Final = re.compile(r"/([^/\n]+\.service)\b")
_LISTEN: Final = " 0A "
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """One entry of /proc, read once: everything else about it is asked for when it matters."""

    pid: int
    words: tuple[str, ...]


class _Socket(NamedTuple):
    """A listening TCP socket, by the inode that descriptors of its holders show."""

    port: int
    host: str
    inode: str


def processes(proc: Path = PROC) -> list[Process]:
    """Read the words of every process; kernel threads have none and are left out."""
    names = os.listdir(proc)  # noqa: PTH208 (thousands of names: a Path for each costs more)
    pids = [int(name) for name in names if name.isdigit()]
    return [Process(pid, words) for pid in pids if (words := _words(proc, pid))]


def running(scripts: Collection[str], proc: Path = PROC) -> list[Running]:
    """Find the processes that run one of `scripts` (real paths), with the ports they listen on.

    Children of ours are left out: while this looks, an interpreter may read a script for a check.
    So is one that another check has started, or left behind, to read it.
    """
    if not scripts:
        return []
    names = {script.rpartition("/")[2] for script in scripts}
    candidates = [
        each
        for each in processes(proc)
        if any(word.rpartition("/")[2] in names for word in each.words)
        if not _only_reads(each.words)
        if os.getpid() not in (each.pid, *(pid for pid, _ in _parents(proc, each.pid)))
    ]
    sockets = list(_sockets(proc)) if candidates else []
    described = (describe(each, sockets, proc) for each in candidates)
    return [each for each in described if each.script in scripts]


def _only_reads(words: Sequence[str]) -> bool:
    """Tell an interpreter that was asked to look at a script and not to run it."""
    options = list(itertools.takewhile(lambda word: word.startswith("-"), words[1:]))
    program = words[0].rpartition("/")[2]
    if program.startswith("node"):
        return "--check" in options or "-c" in options
    return program.endswith("sh") and "-n" in options


def variables(pid: int, proc: Path = PROC) -> dict[str, str]:
    """Read the variables that a process was started with. Raises OSError where we may not."""
    content = (proc / str(pid) / "environ").read_bytes()
    words = (os.fsdecode(word).partition("=") for word in content.split(b"\0") if b"=" in word)
    return {name: value for name, _, value in words}


def listeners(ports: Collection[int], proc: Path = PROC) -> list[Listener]:
    """Return what listens on one of `ports`, with the processes that hold each socket."""
    sockets = [each for each in _sockets(proc) if each.port in ports]
    if not sockets:
        return []
    inodes = {each.inode for each in sockets}
    holders: dict[str, list[Running]] = {}
    for process in processes(proc):
        for inode in sockets_of(process.pid, proc) & inodes:
            holders.setdefault(inode, []).append(describe(process, sockets, proc))
    return [Listener(each.port, each.host, tuple(holders.get(each.inode, ()))) for each in sockets]


def describe(process: Process, sockets: Collection[_Socket] = (), proc: Path = PROC) -> Running:
    """Say everything about a process that can be seen."""
    cwd = _link(proc / str(process.pid) / "cwd")
    script, args = _script(process.words, cwd)
    home, service = _run_of(proc, process)
    inodes = sockets_of(process.pid, proc) if sockets else set[str]()
    since = _since(proc, process.pid)
    return Running(
        process.pid,
        " ".join(_REDACTOR.words(map(_masked, process.words))),
        user_of(process.pid, proc),
        cwd,
        script,
        home,
        service,
        args,
        tuple(sorted({each.port for each in sockets if each.inode in inodes})),
        _starter(proc, process.pid),
        since,
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since)) if since else "",
    )


def _words(proc: Path, pid: int) -> tuple[str, ...]:
    try:
        with open(f"{proc}/{pid}/cmdline", "rb") as file:  # noqa: PTH123 (one per process)
            content = file.read(65536)
    except OSError:
        return ()
    return (
        tuple(os.fsdecode(word) for word in content.rstrip(b"\0").split(b"\0")) if content else ()
    )


def _script(words: tuple[str, ...], cwd: str) -> tuple[str, tuple[str, ...]]:
    """Find the file that is run: behind an interpreter its script, else the program itself."""
    for at, word in enumerate(words[1:], 1):
        if word.startswith("-"):
            continue
        path = os.path.join(cwd or "/", word)  # noqa: PTH118 (an absolute word replaces the folder)
        if (cwd or word.startswith("/")) and os.path.isfile(path):  # noqa: PTH113
            return os.path.realpath(path), words[at + 1 :]
        break
    program = words[0] if words else ""
    return (os.path.realpath(program) if program.startswith("/") else program), words[1:]


def _run_of(proc: Path, process: Process) -> tuple[str, str]:
    """Return home and service of what usher runs; of usher's own processes the home alone."""
    words = process.words
    if _KEEPER_OPTION in words[:-1] and any(each in words for each in _KEEPER_MODULES):
        return words[words.index(_KEEPER_OPTION) + 1], ""
    for variable in _environment(proc, process.pid):
        if variable.startswith(_MARKER):
            home, service, _, _ = os.fsdecode(variable[len(_MARKER) :]).rsplit(":", 3)
            return home, service
    return "", ""


def _environment(proc: Path, pid: int) -> list[bytes]:
    try:
        return (proc / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _starter(proc: Path, pid: int) -> str:
    """Say who started a process: what supervises it, else the program that is its parent."""
    parents = list(_parents(proc, pid))
    for parent, words in parents:
        if _PM2.fullmatch(" ".join(words)):
            return f"PM2 (pid {parent})"
    try:
        group = (proc / str(pid) / "cgroup").read_text()
    except OSError:
        group = ""
    try:
        own = (proc / "self" / "cgroup").read_text()
    except OSError:
        own = ""
    # What we are in ourselves says nothing: everything around us is in it, too.
    container = _CONTAINER.search(group)
    if container and container[2] not in own:
        return f"container {container[2]!r}"
    unit = _UNIT.search(group)
    if unit and unit[1] not in own and not unit[1].startswith(("user@", "ssh", "cron")):
        return f"systemd unit {unit[1]!r}"
    if not parents or parents[0][0] == 1:
        return ""
    parent, words = parents[0]
    return f"{words[0].rpartition('/')[2].lstrip('-')!r} (pid {parent})"


def _parents(proc: Path, pid: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    for _ in range(32):
        pid = int((_stat(proc, pid) or ["", "0"])[1])
        if pid <= 0:
            return
        if words := _words(proc, pid):
            yield pid, words


def _stat(proc: Path, pid: int) -> list[str]:
    """Return the fields of `stat` from the state on; the name before it may hold anything."""
    try:
        content = (proc / str(pid) / "stat").read_text()
    except OSError:
        return []
    return content.rpartition(")")[2].split()


def _since(proc: Path, pid: int) -> float:
    fields = _stat(proc, pid)
    try:
        boot = re.search(r"^btime (\d+)", (proc / "stat").read_text(), re.MULTILINE)
    except OSError:
        boot = None
    return int(boot[1]) + int(fields[19]) / _TICKS if boot and len(fields) > 19 else 0.0


def user_of(pid: int, proc: Path = PROC) -> str:
    """Name the user of a process, by number where it has no name; empty when it is gone."""
    try:
        uid = (proc / str(pid)).stat().st_uid
    except OSError:
        return ""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _link(path: Path) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 (the kernel's text, as it is)
    except OSError:
        return ""


def _masked(word: str) -> str:
    name, equals, value = word.partition("=")
    return f"{name}={shown(name.lstrip('-'), value)}" if equals else shown("", word)


# -- sockets ---------------------------------------------------------------------------------------


def _sockets(proc: Path) -> Iterator[_Socket]:
    """Yield every listening TCP socket of this network namespace."""
    for table in ("tcp", "tcp6"):
        try:
            rows = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            if _LISTEN not in row:  # most are connections, on a busy host very many
                continue
            fields = row.split()
            if fields[3] == _LISTEN.strip():
                address, _, port = fields[1].rpartition(":")
                yield _Socket(int(port, 16), address_of(address), fields[9])


def address_of(digits: str) -> str:
    """Read an address of the kernel: words of 32 bits, each in the byte order of the machine."""
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    packed = b"".join(words)
    if not any(packed):
        return "0.0.0.0" if len(packed) == 4 else "::"  # noqa: S104 (seen, not bound)
    if len(packed) == 4:
        return ".".join(map(str, packed))
    return ":".join(f"{packed[at] << 8 | packed[at + 1]:x}" for at in range(0, 16, 2))


def sockets_of(pid: int, proc: Path = PROC) -> set[str]:
    """Return the inodes of the sockets that a process holds; none where it cannot be seen."""
    found: set[str] = set()
    folder = f"{proc}/{pid}/fd"
    try:
        for name in os.listdir(folder):  # noqa: PTH208 (thousands of names)
            target = _link(Path(folder, name))
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        pass  # it ended, or it is somebody else's
    return found
