"""The name of one incarnation across keeper, daemon and the environment of the process."""

from typing import Final

from usher.model.events import Key

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
