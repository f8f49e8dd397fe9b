"""The language of an answer, and its texts."""

import json
import re
from importlib.resources import files

import pytest
from starlette.requests import Request

from boxoffice.accounts.rights import Right
from boxoffice.http.errors import RequestError, answer_error
from boxoffice.http.language import catalogue, choose_language
from boxoffice.ingest.lifecycle import Standing


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        (None, None, "ko"),
        (None, "*", "ko"),
        (None, "en", "en"),
        (None, "en-US,en;q=0.9,ko;q=0.8", "en"),
        (None, "fr, ko;q=0.5, en;q=0.7", "en"),
        (None, "en;q=0, ko", "ko"),
        (None, "en;q=nonsense, ko;q=0.1", "ko"),
        ("en", "ko", "en"),
        ("ko", "en", "ko"),
        ("tlh", "en", "en"),
        ("EN-gb", None, "en"),
    ],
)
def test_language_is_asked_for_accepted_or_korean(
    wanted: str | None, accepted: str | None, language: str
) -> None:
    assert choose_language(wanted, accepted) == language


def test_both_languages_have_every_text_with_the_same_places() -> None:
    korean, english = catalogue("ko"), catalogue("en")
    assert list(korean) == list(english)
    for key in korean:
        places = [sorted(re.findall(r"{(\w+)}", texts[key])) for texts in (korean, english)]
        assert places[0] == places[1], key


def test_every_text_is_used() -> None:
    folder = files("boxoffice.http")
    templates = "".join(f.read_text("utf-8") for f in (folder / "templates").iterdir())
    used = set(re.findall(r't\["([\w.]+)"\]', templates))
    rights = {f"right.{right.name.lower()}" for right in Right}
    standings = {f"standing.{standing.value}" for standing in Standing}
    others = {k for k in catalogue("ko") if k.startswith(("error.", "category."))}
    assert used == set(catalogue("ko")) - others - rights - standings
    assert rights | standings <= set(catalogue("ko"))


@pytest.mark.parametrize(("language", "said"), [("ko", "삭제됨"), ("en", "it is deleted")])
def test_words_in_a_message_are_said_in_its_language(language: str, said: str) -> None:
    scope = {"type": "http", "query_string": f"lang={language}".encode(), "headers": []}
    error = RequestError(409, "snapshot_state", snapshot="7", standing="deleted")
    answer = json.loads(bytes(answer_error(Request(scope), error).body))
    assert said in answer["message"]
