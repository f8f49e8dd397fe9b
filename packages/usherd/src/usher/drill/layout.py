"""What runs while a drill is held, as a configuration such as people write: default settings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from usher.drill.faults import FAULTS

SUPPLIER: Final = "supplier"
"""The app that the app of a dependency's fault depends on."""

LIMIT: Final = "64M"
"""Memory that the leaking app may use."""


class Subject(NamedTuple):
    """An app of the drill."""

    name: str
    port: int
    """Of loopback."""
    switch: str
    """Path of the socket that takes words (app.py)."""

    @property
    def url(self) -> str:
        """What its probe asks."""
        return f"http://127.0.0.1:{self.port}/health"


def app_names(faults: Sequence[str]) -> list[str]:
    """Name an app for each fault, and what one of them depends on."""
    suppliers = [SUPPLIER] if any(FAULTS[each].of_dependency for each in faults) else []
    return [*faults, *suppliers]


def configuration(apps: Mapping[str, Subject], program: Sequence[str]) -> str:
    """Write the tables of these apps; `program` runs one, given its port and its switch."""
    supplier = apps.get(SUPPLIER)
    tables = (_table(each, supplier, program) for each in apps.values())
    return "\n".join([*tables, *_bystanders(len(apps))])


def _table(app: Subject, supplier: Subject | None, program: Sequence[str]) -> str:
    command = json.dumps([*program, str(app.port), app.switch])
    lines = [f"[apps.{app.name}]", f"command = {command}", *_settings(app, supplier)]
    return "\n".join(lines) + "\n"


def _settings(app: Subject, supplier: Subject | None) -> Iterator[str]:
    yield f'ready = {{ http = "{app.url}" }}'
    if app.name == SUPPLIER:
        return  # nobody watches it: it is what others run, and usher cannot mend
    yield f'probes.alive = {{ http = "{app.url}" }}'
    if FAULTS[app.name].of_dependency and supplier is not None:
        yield f'probes.{SUPPLIER} = {{ http = "{supplier.url}", scope = "dependency" }}'
    if app.name == "leak":
        yield f'memory = {{ limit = "{LIMIT}" }}'
        yield "rollout = { in_place = true }"  # it listens by itself, so two of it cannot


def _bystanders(count: int) -> Iterator[str]:
    """Have most of what is watched stay well: else it is the host, and nothing is done for each."""
    for number in range(count):
        yield f'[apps.bystander{number}]\ncommand = ["sleep", "100000"]'
        yield 'probes.is = { command = ["true"] }\n'
