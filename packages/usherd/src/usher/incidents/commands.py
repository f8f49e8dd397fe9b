"""Which commands show more of an incident, and what each is for."""

from typing import Final, NamedTuple

from usher.model.incident import HOST, Incident


class Further(NamedTuple):
    """A command, and what it shows."""

    purpose: str
    command: str


_OF_HOST: Final = (
    Further("figures of the host", "usher metrics"),
    Further("what is wrong now", "usher monitor --once"),
    Further("what happened", "usher events"),
)

_OF_STRANGER: Final = (
    Further("what is wrong now", "usher monitor --once"),
    Further("the role of this host", "usher role"),
    Further("who asked for what", "usher audit"),
)


def further(incident: Incident) -> tuple[Further, ...]:
    """List them, the most telling first; what is run elsewhere has no log here."""
    name = incident.service
    if name == HOST:
        return _OF_HOST
    if incident.kind == "foreign":
        return _OF_STRANGER
    log = () if incident.kind == "remote" else (Further("its log", f"usher logs {name}"),)
    return (
        Further("causes, as they look now", f"usher diagnose {name}"),
        Further("how it stands", f"usher describe {name}"),
        *log,
        Further("what happened to it", f"usher events {name}"),
    )
