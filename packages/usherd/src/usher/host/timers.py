"""What systemd's timers run on this host, read from their files; systemd itself is never asked.

A unit is the first file of its name in the folders, with what lies in the folders NAME.d beside it
put over it; a template `NAME@.timer` serves every `NAME@INSTANCE.timer` (systemd.unit(5)).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from usher.host.scripts import scripts_in, text_of
from usher.model.installation import Scheduled

FOLDERS: Final = tuple(
    Path(folder, "systemd/system") for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib")
)
"""Where units of the system are, what counts more first."""

_COMMANDS: Final = ("ExecStartPre", "ExecStart", "ExecStartPost")
_PREFIXES: Final = "-@:+!|"
"""Before a command, for systemd (systemd.service(5))."""


def timers(folders: Sequence[Path]) -> list[Scheduled]:
    """List the commands of every timer that is enabled, as far as we may read it."""
    links = (each for folder in folders for each in folder.glob("*.*/*.timer"))
    enabled = {each.name for each in links if each.parent.suffix in (".wants", ".requires")}
    return [entry for name in sorted(enabled) for entry in _of_timer(name, folders)]


def _of_timer(name: str, folders: Sequence[Path]) -> Iterator[Scheduled]:
    timer = _settings(name, folders)
    if not timer:
        return  # masked, or gone since
    service = timer.get("Unit", [f"{name.removesuffix('.timer')}.service"])[-1]
    settings = _settings(service, folders)
    folder = settings.get("WorkingDirectory", [""])[-1].lstrip("-")
    for key in _COMMANDS:
        for value in settings.get(key, []):
            command = value.lstrip(_PREFIXES)
            yield Scheduled(name, command, tuple(scripts_in(command)), folder, timer=name)


def _settings(name: str, folders: Sequence[Path]) -> dict[str, list[str]]:
    """Every value of each key: an empty one forgets those before. No key is in two sections."""
    prefix, at, instance = name.rpartition(".")[0].partition("@")
    template = f"{prefix}@{name[name.rindex('.') :]}" if at else name
    found: dict[str, list[str]] = {}
    for path in _files((name, template), folders):
        for key, value in _lines(text_of(path) or ""):
            if value:
                plain = value.replace("%i", instance).replace("%I", instance).replace("%%", "%")
                found.setdefault(key, []).append(plain)
            else:
                found.pop(key, None)
    return found


def _files(names: Sequence[str], folders: Sequence[Path]) -> Iterator[Path]:
    """The unit, and then what is put over it, in the order of the files' names."""
    units = [path for name in names for folder in folders if (path := folder / name).exists()]
    yield from units[:1]
    over: dict[str, Path] = {}
    for name in dict.fromkeys(names):
        for folder in folders:
            for path in (folder / f"{name}.d").glob("*.conf"):
                over.setdefault(path.name, path)
    yield from (over[name] for name in sorted(over))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Keys and values; a line that ends with a backslash goes on."""
    for line in text.replace("\\\n", " ").splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.lstrip().startswith(("#", ";")):
            yield key.strip(), " ".join(value.split())
