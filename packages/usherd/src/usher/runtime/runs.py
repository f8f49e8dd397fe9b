"""One incarnation across keeper, daemon and the environment of the process: its name, its end."""

from typing import Final

from usher.keeper import wire
from usher.model.events import Exit, ExitStatus, Key, Killed, Vanished

MARKER: Final = "USHER_RUN"
"""Environment variable that every process we start carries (design 2.2.2)."""


def run_id(home: str, key: Key, run: int) -> str:
    """Name a run so that no other run of any home has the same name."""
    return f"{home}:{key.service}:{key.generation}.{key.slot}:{run}"


def parse(identifier: str) -> tuple[Key, int]:
    """Take a run id apart. Raises ValueError when it is none of ours."""
    _, service, instance, run = identifier.rsplit(":", 3)
    generation, _, slot = instance.partition(".")
    return Key(service, int(generation), int(slot)), int(run)


def exit_status(fields: wire.Message) -> ExitStatus:
    """Read how a run ended, as the keeper says it; Vanished when nobody knows."""
    match fields:
        case {"code": int(code)}:
            return Exit(code)
        case {"signal": int(number)}:
            return Killed(number, bool(fields.get("core")), fields.get("memory_kills"))
        case _:
            return Vanished()
