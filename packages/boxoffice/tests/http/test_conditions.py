"""Tags and cursors: what is known is not sent again, and pages go on where they ended."""

from datetime import date, datetime
from typing import Any

import pytest

from boxoffice.http.conditions import content_tag, demand_unchanged, entity_tag, is_known
from boxoffice.http.cursors import decode_cursor, encode_cursor
from boxoffice.http.errors import RequestError
from boxoffice.metrics.words import Unit

TAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ("", False),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ("*", True),
        ('"abcd"', False),
        ("abc", False),
    ],
)
def test_what_a_client_knows(header: str | None, known: bool) -> None:
    assert is_known(header, TAG) is known


def test_a_change_needs_the_tag_of_what_is_there() -> None:
    content = {"a": 1}
    for header in (None, "*", content_tag(content), f'"x", {content_tag(content)}'):
        demand_unchanged(header, content)
    for header in ('"x"', f"W/{content_tag(content)}", ""):
        with pytest.raises(RequestError) as refused:
            demand_unchanged(header, content)
        assert (refused.value.status, refused.value.code) == (412, "changed_meanwhile")


def test_tags_differ_by_every_part() -> None:
    assert len({entity_tag(1, "a"), entity_tag(1, "b"), entity_tag(2, "a"), entity_tag("1a")}) == 4


def test_a_cursor_holds_a_key_exactly() -> None:
    units = [Unit.TEXT, Unit.DATE, Unit.MOMENT, Unit.IDENTIFIER, Unit.MONTH]
    key = ["김", date(2025, 3, 1), datetime.fromisoformat("2025-03-01T19:30"), -7, "2025-03"]
    assert decode_cursor("list", encode_cursor("list", key), units) == key


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "????",
        "eyJhIjoxfQ",
        encode_cursor("other", ["a"]),
        encode_cursor("list", []),
        encode_cursor("list", ["a", "b"]),
        encode_cursor("list", ["a\x00"]),
        encode_cursor("list", [5]),
        encode_cursor("list", [None]),
    ],
)
def test_a_cursor_that_was_never_given_is_refused(cursor: str) -> None:
    with pytest.raises(RequestError) as refused:
        decode_cursor("list", cursor, [Unit.TEXT])
    assert refused.value.code == "cursor_invalid"


@pytest.mark.process
def test_figures_are_not_sent_again_until_something_changes(module_site: Any) -> None:
    path = "/api/v1/metrics/target_totals?asOf=2025-03-05"
    first = module_site.ask(path)
    tag = {"If-None-Match": first.headers["etag"]}
    again = module_site.ask(path, headers=tag)
    assert (again.status, again.body) == (304, b"")
    assert module_site.ask(f"{path}&limit=5", headers=tag).status == 200
    assert module_site.ask(path.replace("05", "06"), headers=tag).status == 200
    note = b'{"note": "x"}'
    headers = {"Content-Type": "application/json"}
    assert module_site.ask("/api/v1/month-notes/2025/3", "PUT", note, headers).status == 200
    assert module_site.ask(path, headers=tag).status == 200
