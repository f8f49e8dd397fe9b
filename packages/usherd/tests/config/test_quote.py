"""How values of a file stand in messages."""

import pytest

from usher.config.check import quote


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("api", "'api'"),
        (True, "true"),
        (2**63, "a number beyond 64 bits"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
        ("a\nb", r"'a\nb'"),
    ],
)
def test_a_value_is_shown_as_its_author_knows_it(value: object, shown: str) -> None:
    assert quote(value) == shown


def test_of_a_long_path_both_ends_are_shown() -> None:
    shown = quote("/srv/" + "deep/" * 100 + "server.js")
    assert shown.startswith("'/srv/deep/")
    assert shown.endswith("deep/server.js'")
    assert len(shown) <= 162
