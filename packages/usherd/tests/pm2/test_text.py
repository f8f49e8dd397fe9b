"""PM2's outputs as text, from rows of jlist."""

import re
import time
from typing import Any

import pytest

from usher.api.text import width
from usher.daemon.pm2_text import Asked, environment, ids, mini, pids, prettylist, table


def row(pm_id: int, name: str, *, status: str = "online", **env: Any) -> dict[str, Any]:
    running = status == "online"
    return {
        "pid": 1000 + pm_id if running else 0,
        "name": name,
        "pm2_env": {
            "status": status,
            "restart_time": 2,
            "pm_uptime": (time.time() - 5000) * 1000,
            "namespace": "default",
            "version": "1.0.0",
            "exec_mode": "fork_mode",
            "username": "app",
            "watch": False,
            "pm_err_log_path": f"/logs/{name}-error.log",
            "pm_pid_path": f"/pids/{name}-{pm_id}.pid",
            "env": {"A": "1", "ESC": "\x1b[31m"},
            **env,
        },
        "pm_id": pm_id,
        "monit": {"memory": 54104064 if running else 0, "cpu": 0.5 if running else 0},
    }


ROWS = [row(0, "web"), row(1, "api", status="errored"), row(2, "api", watch=True)]


def _cells(line: str) -> str:
    return " ".join(line.replace("│", "").split())


def test_the_table_is_sorted_by_name_and_has_pm2s_columns() -> None:
    lines = table(ROWS, Asked()).splitlines()

    assert _cells(lines[1]) == (
        "id name namespace version mode pid uptime ↺ status cpu mem user watching"
    )
    assert [re.sub(r"\s*│\s*", " ", line).split()[:2] for line in lines[3:6]] == [
        ["1", "api"],
        ["2", "api"],
        ["0", "web"],
    ]
    assert _cells(lines[3]) == ("1 api default 1.0.0 fork 0 0 2 errored 0% 0b app disabled")
    assert _cells(lines[5]) == (
        "0 web default 1.0.0 fork 1000 1h 2 online 0.5% 51.6mb app disabled"
    )


@pytest.mark.parametrize("columns", [240, 119, 80, 60])
def test_all_lines_are_equally_wide(columns: int) -> None:
    rows = [*ROWS, row(3, "이름이 긴 앱"), row(4, "x" * 40)]

    widths = {width(line) for line in table(rows, Asked(columns=columns)).splitlines()}

    assert len(widths) == 1


def test_an_empty_table_is_its_head() -> None:
    assert len(table([], Asked()).splitlines()) == 3


@pytest.mark.parametrize(
    ("sort", "order"), [("id:asc", "0 1 2"), ("id:desc", "2 1 0"), ("nosuch", "1 2 0")]
)
def test_sorting(sort: str, order: str) -> None:
    lines = table(ROWS, Asked(sort=sort)).splitlines()[3:6]

    assert " ".join(line.split()[1] for line in lines) == order


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b" not in table(ROWS, Asked())
    assert "\x1b[32;1monline\x1b[0m" in table(ROWS, Asked(color=True))


def test_pids_and_ids() -> None:
    assert pids(ROWS, "") == "1000\n0\n1002\n"
    assert pids(ROWS, "api") == "0\n1002\n"
    assert pids(ROWS, "nosuch") == "\n"
    assert ids(ROWS, "api") == "[ 1, 2 ]\n"
    assert ids(ROWS, "nosuch") == "[]\n"


def test_prettylist_has_the_words_that_scripts_count() -> None:
    text = prettylist(ROWS)

    assert text.count("restart_time: 2") == 3
    assert text.count("status: 'online'") == 2
    assert text.count("name: 'api'") == 2


def test_the_environment_of_an_id() -> None:
    shown = environment(ROWS, "1")
    assert shown.startswith("A: 1\nESC: \\x1b[31m\n")
    assert "version: 1.0.0\n" in shown
    assert environment(ROWS, "9") == ""


def test_the_mini_list_is_a_paragraph_a_process() -> None:
    first = mini(ROWS).split("\n\n")[0]

    assert first.splitlines()[0] == "+--- web"
    assert "status : online" in first
    assert "memory usage : 51.6mb" in first
