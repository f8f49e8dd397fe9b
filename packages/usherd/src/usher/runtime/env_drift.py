"""Variables that differ: between a process, its definition, and the files that it was read from.

Names only: values are compared here and shown nowhere.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from usher.config.dotenv import read_dotenv
from usher.model.spec import ServiceSpec
from usher.runtime.environments import Environments

LARGEST: Final = 1024 * 1024
"""Bytes of a file or environment that are read."""


class EnvDrift:
    """Remembers what it read: an environment does not change while its process lives."""

    def __init__(self, environments: Environments, proc: Path = Path("/proc")) -> None:
        self._environments = environments
        self._proc = proc
        self._processes: dict[tuple[int, str], frozenset[str]] = {}
        self._files: dict[str, tuple[tuple[int, int], dict[str, str]]] = {}

    def of(self, spec: ServiceSpec, pids: Iterable[int]) -> list[str]:
        """Name the variables of a service that differ; none for one that does not run."""
        try:
            values = self._environments.get(spec.env_digest)
        except OSError:
            return []
        living = list(pids)
        if not living:
            return []
        names = self._on_disk(spec, values)
        for pid in living:
            names |= self._in_process(spec, values, pid)
        return sorted(names)

    def _in_process(self, spec: ServiceSpec, values: Mapping[str, str], pid: int) -> frozenset[str]:
        known = self._processes.get((pid, spec.env_digest))
        if known is None:
            if len(self._processes) > 4096:  # of processes that have ended
                self._processes.clear()
            seen = _environment(self._proc / str(pid) / "environ")
            if not seen:  # it is executed just now, or has ended: what it has is not known yet
                return frozenset()
            known = self._processes[pid, spec.env_digest] = _differs(spec, values, seen)
        return known

    def _on_disk(self, spec: ServiceSpec, values: Mapping[str, str]) -> set[str]:
        """Compare with the env files as they are now; what another source set is not theirs."""
        found: set[str] = set()
        for path in {each for each in spec.env_sources.values() if each.startswith("/")}:
            said = self._read(path)
            if said is None:
                continue
            own = {name for name, source in spec.env_sources.items() if source == path}
            found |= {name for name in own if said.get(name) != values.get(name)}
            found |= {name for name in said if name not in spec.env_sources}
        return found

    def _read(self, path: str) -> dict[str, str] | None:
        try:
            seen = Path(path).stat()
            mark = (seen.st_mtime_ns, seen.st_size)
            if path not in self._files or self._files[path][0] != mark:
                text = Path(path).read_bytes()[:LARGEST].decode("utf-8-sig", "replace")
                self._files[path] = (mark, read_dotenv(text)[0])
        except OSError:
            return None
        return self._files[path][1]


def _is_same(name: str, value: str, seen: str | None) -> bool:
    """Whether nobody changed it: launchers (pyenv, nvm, npm) put folders before a PATH."""
    return seen == value or (name == "PATH" and seen is not None and seen.endswith(f":{value}"))


def _environment(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            words = file.read(LARGEST).split(b"\0")
    except OSError:
        return {}
    pairs = (os.fsdecode(word).partition("=") for word in words if b"=" in word)
    return {name: value for name, _, value in pairs}


def _differs(
    spec: ServiceSpec, values: Mapping[str, str], seen: Mapping[str, str]
) -> frozenset[str]:
    ours = {spec.instance_var, spec.increment_var, *(secret.name for secret in spec.secrets)}
    if spec.user is not None:
        ours |= {"HOME", "USER", "LOGNAME"}
    compared = [name for name in values if name not in ours]
    # A program that sets its title writes over its environment: then nothing is known of it.
    if sum(name in seen for name in compared) * 2 < len(compared):
        return frozenset()
    same = {name for name in compared if _is_same(name, values[name], seen.get(name))}
    passed_over = {"NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "NODE_UNIQUE_ID"}
    return frozenset(compared) - same - passed_over - {"NOTIFY_SOCKET", "pm_id", "unique_id"}
