"""Events in PM2's words: only those it has a word for."""

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest

from usher.api import bus
from usher.api.types import ServiceList
from usher.policy.words import Word


def test_every_word_is_one_of_ours() -> None:
    assert bus.WORDS.keys() <= set(get_args(Word))


@pytest.mark.parametrize(
    ("word", "said"), [*bus.WORDS.items(), ("ready", None), ("probe-failing", None)]
)
def test_words_are_translated_or_left_out(make_event: Any, word: str, said: str | None) -> None:
    message = bus.record(make_event(event=word).event, 3)
    assert (message and message["event"]) == said
    if message:
        assert message["process"] == {"name": "api", "pm_id": 3}
        assert message["at"] == 1741136400000


def test_the_command_prints_them(
    usher: Callable[..., Any], daemon: Any, make_event: Any, make_service: Any
) -> None:
    daemon.answers |= {
        "GET /v1/events": [make_event(event="started"), make_event(event="ready")],
        "GET /v1/services": ServiceList(services=[make_service("api")]),
    }
    (line,) = usher("events", "--pm2").out.splitlines()
    assert json.loads(line)["event"] == "online"
    assert json.loads(line)["process"]["pm_id"] == 0
