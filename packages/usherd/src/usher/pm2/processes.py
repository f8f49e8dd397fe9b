"""The list as PM2 counts: one entry a process, with its id; and how targets name entries."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from usher.api.inspect import inspect


class Origin(msgspec.Struct, frozen=True):
    """Which instance of ours an entry stands for."""

    service: str
    slot: int


class Environment(msgspec.Struct, frozen=True):
    """The keys of an entry's pm2_env that commands here look at."""

    status: str
    namespace: str
    pm_exec_path: str
    pm_out_log_path: str
    pm_err_log_path: str
    restart_time: int
    instances: int
    usher: Origin
    exec_interpreter: str = "none"
    exec_mode: str = "fork_mode"
    pm_cwd: str = "."
    node_args: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    wait_ready: bool = False


class Process(msgspec.Struct, frozen=True):
    """One entry of jlist."""

    pid: int
    name: str
    pm_id: int
    pm2_env: Environment

    @property
    def service(self) -> str:
        """The name under which usher knows it."""
        return self.pm2_env.usher.service

    @property
    def slot(self) -> int:
        """Which instance of the service."""
        return self.pm2_env.usher.slot


def read(jlist: bytes) -> list[Process]:
    """Read the answer of /v1/jlist."""
    return msgspec.json.decode(jlist, type=list[Process])


class Chosen(NamedTuple):
    """What a target names. `ids` is how PM2 shows it: a number that was typed stays a text."""

    processes: tuple[Process, ...]
    ids: str


class NotFoundError(Exception):
    """Nothing is meant; str() is what PM2 says. `loud` says it as an error, not as a warning."""

    def __init__(self, message: str, *, loud: bool) -> None:
        """Keep both."""
        super().__init__(message)
        self.loud = loud


def choose(processes: Sequence[Process], target: str) -> Chosen:
    """Find what a target names, in PM2's order. Raises NotFoundError.

    `all`; a number is an id; `/regex/`; else a name, a namespace, or the script that was started.
    """
    if target == "all" or _is_pattern(target):
        found = _matching(processes, target)
        if not found:
            raise NotFoundError("No process found", loud=False)
        return _chosen(found)
    if target.isascii() and target.isdecimal():
        found = [each for each in processes if each.pm_id == int(target)]
        if not found:
            raise NotFoundError(f"{target} : id unknown", loud=True)
        return Chosen(tuple(found), inspect([target]))
    found = named(processes, target)
    if not found:
        raise NotFoundError(f"Process or Namespace {target} not found", loud=True)
    return _chosen(found)


def named(processes: Iterable[Process], target: str) -> list[Process]:
    """Return the processes of a name; if there is none those of a namespace, else of a script."""
    known = list(processes)
    return (
        [each for each in known if each.name == target]
        or [each for each in known if each.pm2_env.namespace == target]
        or [each for each in known if _is_script(each, target)]
    )


def _is_pattern(target: str) -> bool:
    return len(target) > 2 and target.startswith("/") and target.endswith("/")


def _matching(processes: Sequence[Process], target: str) -> list[Process]:
    if target == "all":
        return list(processes)
    try:
        pattern = re.compile(target[1:-1])
    except re.error as error:
        message = f"cannot read the pattern {target!r}: {error}"
        raise NotFoundError(message, loud=True) from None
    return [each for each in processes if pattern.search(each.name)]


def _is_script(process: Process, target: str) -> bool:
    path = process.pm2_env.pm_exec_path
    return bool(path) and (path == target or path.endswith(f"/{target.removeprefix('./')}"))


def _chosen(found: Sequence[Process]) -> Chosen:
    return Chosen(tuple(found), inspect([each.pm_id for each in found]))


def by_service(processes: Iterable[Process]) -> dict[str, tuple[int, ...]]:
    """Return the slots of each service that these processes are."""
    slots: dict[str, tuple[int, ...]] = {}
    for each in processes:
        slots[each.service] = (*slots.get(each.service, ()), each.slot)
    return slots
