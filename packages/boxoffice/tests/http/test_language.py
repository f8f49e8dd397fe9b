"""The language of an answer, and its texts."""

import re
from importlib.resources import files

import pytest

from boxoffice.http.language import catalogue, choose_language


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
    others = {k for k in catalogue("ko") if k.startswith(("error.", "category."))}
    assert used == set(catalogue("ko")) - others
