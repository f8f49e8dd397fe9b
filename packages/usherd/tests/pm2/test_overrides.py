"""Options of the command line as fields of a file."""

import pytest

from usher.pm2.overrides import overrides_of
from usher.pm2.parse import parse

FIELDS = {
    "--name x": {"name": "x"},
    "-i 4": {"instances": "4"},
    "-i -1": {"instances": "-1"},
    "--no-autorestart --no-autostart --no-treekill": {
        "autorestart": False,
        "autostart": False,
        "treekill": False,
    },
    "--watch": {"watch": True},
    "--watch src": {"watch": ["src"]},
    "--watch-delay 4": {"watch_delay": 4000},
    "--watch-delay 0.5": {"watch_delay": 500},
    "--watch-delay 4000ms": {"watch_delay": 4000},
    "--watch-delay soon": {"watch_delay": "soon"},
    "--ignore-watch node_modules,logs": {"ignore_watch": ["node_modules", "logs"]},
    "--stop-exit-codes 1,2": {"stop_exit_codes": ["1", "2"]},
    "--filter-env AWS": {"filter_env": ["AWS"]},
    "-o out.log -e err.log -l": {"output": "out.log", "error": "err.log", "log": True},
    "-c 0*****": {"cron_restart": "0*****"},
    "--cron-restart 0*****": {"cron_restart": "0*****"},
    "--interpreter-args --a": {"node_args": "--a"},
    "-u app": {"uid": "app"},
    "-u app --uid other": {"uid": "other"},
    "--update-env --force --parallel 3 --no-pmx --trace --env production --only a": {},
    "-- --port 80": {"args": ["--port", "80"]},
}


@pytest.mark.parametrize("options", FIELDS)
def test_fields(options: str) -> None:
    assert overrides_of(parse(["start", "a.js", *options.split()])) == FIELDS[options]
