"""What options beside `restart NAME` change of a definition, and what they leave alone."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from usher.config.pm2.changes import CHANGEABLE, changed
from usher.model.spec import MemorySpec, ServiceSpec

App = Callable[[str], ServiceSpec]


@pytest.mark.parametrize(
    ("fields", "names", "part", "expected"),
    [
        ("name: 'shop'", ["name"], "label", "shop"),
        ("namespace: 'west'", ["namespace"], "namespace", "west"),
        ("args: 'a b'", ["args"], "pm2.args", ("a", "b")),
        (
            "max_memory_restart: '9M'",
            ["max_memory_restart"],
            "memory",
            MemorySpec(9 << 20),
        ),
        ("kill_timeout: 500", ["kill_timeout"], "stop.timeout", 0.5),
        ("autorestart: false", ["autorestart"], "restart.when", "never"),
        ("stop_exit_codes: [5]", ["stop_exit_codes"], "restart.stop_codes", (5,)),
        ("restart_delay: 100", ["restart_delay"], "restart.delays", (0.1,)),
        ("cron_restart: '0 3 * * *'", ["cron_restart"], "cron_restart", "0 3 * * *"),
        ("time: true", ["time"], "logs.date_format", "YYYY-MM-DDTHH:mm:ss"),
    ],
)
def test_a_field(pm2_app: App, fields: str, names: list[str], part: str, expected: object) -> None:
    after: Any = changed(pm2_app(""), pm2_app(fields), names)
    for name in part.split("."):
        after = getattr(after, name)
    assert after == expected


def test_nothing_else_is_taken(pm2_app: App) -> None:
    before = pm2_app("env: { A: '1' }, out_file: 'x.log', max_restarts: 3")

    after = changed(before, pm2_app("kill_timeout: 500"), ["kill_timeout"])

    assert after.stop.timeout == 0.5
    assert after.pm2 is not None
    assert before.pm2 is not None
    assert set(after.pm2.shown) == {*before.pm2.shown, "kill_timeout"}
    same = msgspec.structs.replace(after, stop=before.stop, pm2=before.pm2)
    assert same == before


def test_every_part_exists(pm2_app: App) -> None:
    whole = pm2_app("")
    assert changed(whole, whole, CHANGEABLE) == whole


def test_an_unknown_field_changes_nothing(pm2_app: App) -> None:
    assert changed(pm2_app(""), pm2_app("instances: 4"), ["instances"]) == pm2_app("")
