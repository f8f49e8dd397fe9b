"""Frames of lines: PM2's own outputs are the golden data (PM2 7, `log_date_format`, `log_type`)."""

import json
import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.keeper.dates import DateFormat, iso
from usher.keeper.lines import CUT, framing, whole_characters

NOW = 1_795_246_758_282_000_000
"""2026-11-21T07:39:18.282Z, a Saturday."""


@pytest.fixture(autouse=True)
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = getattr(request, "param", "UTC")
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (
            "dddd, MMMM Do YYYY, h:mm:ss.SSS a A Z ZZ [at] d dd D M YY H hh Q X x k kk w DDD gg",
            (
                "Saturday, November 21o 2026, 7:39:18.282 am AM +00:00 +0000 at 6 Sa 21 11 26 7 07 "
                "Q X x k kk w 2121 gg"
            ),
        ),
        ("YYYY-MM-DDTHH:mm:ss", "2026-11-21T07:39:18"),
        ("YYYY-MM-DD HH:mm Z", "2026-11-21 07:39 +00:00"),
        ("MMM ddd %d %s 100%", "Nov Sat %6 %18 100%"),
        ("[no date]", "no date"),
        ("YYYY년 M월", "2026년 11월"),
    ],
)
def test_dates_are_those_of_pm2(form: str, text: str) -> None:
    assert DateFormat(form)(NOW) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Seoul", "16 +09:00 +0900"),
        ("America/St_Johns", "4 -03:30 -0330"),
        ("Asia/Kathmandu", "13 +05:45 +0545"),
    ],
    indirect=["zone"],
)
def test_dates_are_local(zone: None, text: str) -> None:
    assert DateFormat("H Z ZZ")(NOW) == text


def test_iso_is_that_of_javascript() -> None:
    assert iso(NOW) == "2026-11-21T07:39:18.282Z"


def test_each_line_gets_its_date() -> None:
    frame = framing({"date_format": "YYYY"}, "out")
    assert frame is not None
    assert frame(b"a\n\nb: c\n", NOW, False) == b"2026: a\n2026: \n2026: b: c\n"
    assert frame(b"rest", NOW, False) == b"2026: rest\n"
    assert frame(b"part", NOW, True) == b"2026: part" + CUT + b"\n"


def test_no_format_means_no_frame() -> None:
    assert framing({}, "out") is None


def test_json_has_the_fields_of_pm2() -> None:
    frame = framing({"format": "json", "id": 7, "name": 'a"b'}, "err")
    assert frame is not None
    assert frame('one "q" \\ é\nnext'.encode(), NOW, False).decode() == (
        '{"message":"one \\"q\\" \\\\ é\\n","timestamp":"2026-11-21T07:39:18.282Z",'
        '"type":"err","process_id":7,"app_name":"a\\"b"}\n'
        '{"message":"next","timestamp":"2026-11-21T07:39:18.282Z",'
        '"type":"err","process_id":7,"app_name":"a\\"b"}\n'
    )


def test_json_takes_the_date_format() -> None:
    frame = framing({"format": "json", "id": 0, "name": "a", "date_format": "YYYY-MM"}, "out")
    assert frame is not None
    assert json.loads(frame(b"x\n", NOW, False))["timestamp"] == "2026-11"


@given(st.binary())
def test_every_line_is_one_object(printed: bytes) -> None:
    frame = framing({"format": "json", "id": 0, "name": "a"}, "out")
    assert frame is not None
    rows = frame(printed, NOW, False).split(b"\n")
    assert rows.pop() == b""
    assert "".join(json.loads(row)["message"] for row in rows) == printed.decode("utf-8", "replace")
    assert len(rows) == len(printed.split(b"\n")) - (not printed or printed.endswith(b"\n"))


@given(st.text(min_size=1), st.integers(1, 200))
def test_no_character_is_cut(text: str, limit: int) -> None:
    raw = text.encode("utf-8", "replace")
    count = min(limit, len(raw))
    kept = whole_characters(raw, count)
    assert count - 3 <= kept <= count
    if kept:
        raw[:kept].decode()
