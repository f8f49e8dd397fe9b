"""Assertions on JSON answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.model.expectation import parse

DOCUMENT = {
    "status": "ok",
    "checks": {"database": "error", "my-cache": True, "queue": {"waiting": 12}},
    "list": [{"id": 7}, {"id": 9}],
    "ratio": 0.5,
    "nothing": None,
    "zero": 0,
}


@pytest.mark.parametrize(
    "text",
    [
        'status == "ok"',
        'status != "degraded"',
        "checks.queue.waiting < 13",
        "checks.queue.waiting <= 12",
        "checks.queue.waiting > 11.5",
        "checks.queue.waiting >= 12",
        "checks.my-cache",
        "checks.my-cache == true",
        "list[1].id == 9",
        'list == [{"id": 7}, {"id": 9}]',
        "ratio == 0.5",
        "nothing == null",
        'status < "z"',
        "  zero==0  ",
    ],
)
def test_what_holds(text: str) -> None:
    assert parse(text).failure(DOCUMENT) == ""


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ('checks.database == "ok"', 'expected checks.database == "ok", found "error"'),
        ("checks.queue.waiting < 12", "expected checks.queue.waiting < 12, found 12"),
        ("checks.none", "checks.none: not in the answer"),
        ("list[2].id", "list[2].id: not in the answer"),
        ("list.id", "list.id: not in the answer"),
        ("status[0]", "status[0]: not in the answer"),
        ("nothing", "nothing is null"),
        ("zero", "zero is 0"),
        ('checks.queue.waiting == "12"', 'expected checks.queue.waiting == "12", found 12'),
        ("status < 3", 'expected status < 3, found "ok"'),
        ("checks.my-cache < 3", "expected checks.my-cache < 3, found true"),
    ],
)
def test_what_does_not(text: str, failure: str) -> None:
    assert parse(text).failure(DOCUMENT) == failure


@pytest.mark.parametrize(
    "text",
    ["", "=", "a =", "a = 1", "a == ", "a == ok", ".a", "a..b", "a[x]", "a == " + "[" * 65536],
    ids=lambda text: text[:9],
)
def test_what_is_no_assertion(text: str) -> None:
    with pytest.raises(ValueError, match="cannot read the assertion"):
        parse(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_any_document_is_judged(document: object, value: object) -> None:
    said = parse(f"a.b[0] == {json.dumps(value)}").failure(document)
    wrapped = parse(f"a == {json.dumps(value)}").failure({"a": value})
    assert said
    assert wrapped == ""
