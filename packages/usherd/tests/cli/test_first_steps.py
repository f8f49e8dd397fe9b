"""What somebody reads who has just begun: nothing runs, or nothing has happened."""

from typing import Any

import pytest

from usher.api.types import ServiceList


@pytest.mark.parametrize("words", [("incidents",), ("alert",), ("events",), ("diagnose",)])
def test_where_nothing_runs_it_says_how_to_start_it(
    home: Any, usher: Any, words: tuple[str, ...]
) -> None:
    ran = usher(*words)
    assert (ran.code, ran.out) == (3, "")
    said, hint = ran.err.splitlines()
    assert said == f"usher: cannot reach usher at '{home}/usher.sock': nothing is running"
    assert hint.startswith("  -> `usher start` in a folder with an usher.toml starts it")


def test_events_of_nobody_are_told_from_none_so_far(
    daemon: Any, make_service: Any, make_event: Any, usher: Any
) -> None:
    daemon.answers |= {
        "GET /v1/events": [],
        "GET /v1/services": ServiceList(services=[make_service("api")]),
    }
    assert usher("events", "api").err == "no event\n"
    unknown = usher("events", "apj")
    assert (unknown.code, unknown.out) == (0, "")
    assert unknown.err == "no event of 'apj': usher list shows the names of apps\n"
    daemon.answers["GET /v1/events"] = [make_event()]
    assert usher("events", "gone").err == "", "it was deleted, and what happened to it is known"
