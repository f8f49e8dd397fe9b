"""A PM2 that lives beside us: found and described from outside, never asked and never touched.

PM2's daemon names itself "PM2 v7.0.4: God Daemon (/home/x/.pm2)" and is the parent of its apps. A
forked app has `pm_exec_path` and `name` in its environment; a cluster worker has its script in its
title, and its port is listened on by the daemon.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from usher.host.processes import processes
from usher.model.spec import ServiceSpec, TcpAddress

_TITLE_BEGINS: Final = "PM2"
_TITLE: Final = re.compile(r"PM2 v\S+: God Daemon \((?P<home>/.*)\)\Z")


class App(NamedTuple):
    """One process that PM2 runs. `name` is empty where only PM2 itself knows it."""

    pid: int
    name: str
    script: Path | None
    cwd: Path | None
    ports: frozenset[int]


class Living(NamedTuple):
    """One PM2 daemon of ours. `ports` are those it listens on for its cluster workers."""

    pid: int
    home: Path
    apps: tuple[App, ...]
    ports: frozenset[int]


def find(proc: Path = Path("/proc"), uid: int | None = None) -> list[Living]:
    """Find every PM2 that runs as `uid` (as ourselves when None), by its title."""
    owner = os.geteuid() if uid is None else uid
    titles = {
        each.pid: title
        for each in processes(proc)
        if each.words[0].startswith(_TITLE_BEGINS)
        if (title := _TITLE.match(" ".join(each.words)))
    }
    listening = _listening(proc) if titles else {}
    found: list[Living] = []
    for pid, title in titles.items():
        if not _is_owned(proc / str(pid), owner):
            continue
        apps = tuple(_app(proc, child, listening) for child in _children(proc, pid))
        home = Path(title["home"])
        found.append(Living(pid, home, apps, _ports(proc, pid, listening)))
    return found


def conflicts(services: Iterable[ServiceSpec], living: Sequence[Living]) -> list[str]:
    """Say which of `services` a living PM2 runs already: by script, by name and folder, by port."""
    return [
        said
        for spec in services
        for pm2 in living
        for said in [_conflict(spec, pm2)]
        if said is not None
    ]


def _conflict(spec: ServiceSpec, pm2: Living) -> str | None:
    script, cwd, ports = script_of(spec), Path(spec.cwd), ports_of(spec)
    for app in pm2.apps:
        who = f"{spec.name!r}: PM2 (pid {pm2.pid}, {str(pm2.home)!r}) runs"
        if script is not None and script == app.script and cwd == (app.cwd or cwd):
            return f"{who} the same script {str(script)!r} as pid {app.pid}"
        if app.name and app.name in (spec.name, spec.label) and cwd == app.cwd:
            return f"{who} {app.name!r} from the same folder {str(cwd)!r} as pid {app.pid}"
        if taken := ports & app.ports:
            return f"{who} pid {app.pid} on the same port {min(taken)}"
    if taken := ports & pm2.ports:
        return f"{spec.name!r}: PM2 (pid {pm2.pid}) listens on the same port {min(taken)}"
    return None


def script_of(spec: ServiceSpec) -> Path | None:
    """Return the file that a service executes or hands to its interpreter."""
    if spec.pm2 is not None and spec.pm2.script:
        return Path(spec.pm2.script)
    for word in spec.argv:
        path = Path(spec.cwd, word)
        if not word.startswith("-") and "/" in str(path) and path.is_file():
            return path
    return None


def ports_of(spec: ServiceSpec) -> frozenset[int]:
    """Return the ports that a service names: in its sockets and in PORT."""
    named = {each.address.port for each in spec.sockets if isinstance(each.address, TcpAddress)}
    port = spec.env.get("PORT", "")
    if port.isdigit():
        named.add(int(port))
    return frozenset(named - {0})


# -- looking at processes --------------------------------------------------------------------------


def _command(proc: Path, pid: int) -> str:
    """Return the command line of a process as text; empty when it is gone or not ours to see."""
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().rstrip(b"\0")
    except OSError:
        return ""
    return os.fsdecode(words.replace(b"\0", b" "))


def _is_owned(entry: Path, uid: int) -> bool:
    try:
        return entry.stat().st_uid == uid
    except OSError:
        return False


def _children(proc: Path, pid: int) -> list[int]:
    try:
        words = (proc / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def _app(proc: Path, pid: int, listening: dict[str, int]) -> App:
    env = dict(_environment(proc, pid))
    words = _command(proc, pid).split(" ")
    script = env.get("pm_exec_path") or next((word for word in words[1:] if word[:1] == "/"), "")
    try:
        cwd = (proc / str(pid) / "cwd").readlink()
    except OSError:
        cwd = None
    path = Path(script) if script else None
    return App(pid, env.get("name", ""), path, cwd, _ports(proc, pid, listening))


def _environment(proc: Path, pid: int) -> Iterator[tuple[str, str]]:
    """Yield the two variables that are asked for; the others are none of our business."""
    try:
        content = (proc / str(pid) / "environ").read_bytes()
    except OSError:
        return
    for word in content.split(b"\0"):
        name, _, value = word.partition(b"=")
        if name in (b"pm_exec_path", b"name"):
            yield name.decode(), os.fsdecode(value)


def _ports(proc: Path, pid: int, listening: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    try:
        for entry in (proc / str(pid) / "fd").iterdir():
            target = os.fsdecode(os.readlink(entry))  # noqa: PTH115 (no path: "socket:[123]")
            if target in listening:
                found.add(listening[target])
    except OSError:
        pass  # it ended meanwhile
    return frozenset(found)


def _listening(proc: Path) -> dict[str, int]:
    """Map the link of each listening TCP socket ("socket:[inode]") to its port."""
    found: dict[str, int] = {}
    for table in ("tcp", "tcp6"):
        try:
            rows = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A":  # LISTEN
                found[f"socket:[{fields[9]}]"] = int(fields[1].rpartition(":")[2], 16)
    return found
