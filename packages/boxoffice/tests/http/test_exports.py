"""Metrics as files: the same figures in every format, nothing a spreadsheet would run."""

import asyncio
import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.requests import ClientDisconnect

from boxoffice.http.application import create_application
from boxoffice.http.errors import RequestError
from boxoffice.http.exports import AT_ONCE, Download, Exports, csv_cell, write_csv
from boxoffice.http.xlsx import FORMULA_STARTS, write_xlsx
from boxoffice.metrics.catalogue import METRICS

AS_OF = "2026-03-10"
EVENING = datetime.fromisoformat("2025-03-01T19:30")
NAMES = ("text", "amount", "ratio", "day", "moment", "flag", "nothing")
ROW = (
    '김, "배우"',
    -5,
    Decimal("0.5850"),
    date(2025, 3, 1),
    EVENING,
    True,
    None,
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", '=HYPERLINK("http://x")')


def sheet_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_xlsx_keeps_types() -> None:
    sheet = sheet_of(b"".join(write_xlsx("지표", NAMES, [[ROW]])))
    assert sheet.title == "지표"
    assert [cell.value for cell in sheet[1]] == list(NAMES)
    text, amount, ratio, day, moment, flag, nothing = (cell.value for cell in sheet[2])
    assert (text, amount, ratio, flag, nothing) == (ROW[0], -5, 0.585, True, None)
    assert (day, moment) == (EVENING.replace(hour=0, minute=0), EVENING)


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_csv_is_read_back_as_written(encoding: Any) -> None:
    content = b"".join(write_csv(NAMES, [[ROW]], encoding))
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8")
    text = content.decode("utf-8-sig" if encoding == "utf-8" else "cp949")
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert head == list(NAMES)
    assert row == ['김, "배우"', "-5", "0.5850", "2025-03-01", "2025-03-01 19:30:00", "true", ""]


def test_what_cp949_has_not_stands_as_its_escape() -> None:
    assert b"\\U0001f3ad" in b"".join(write_csv(["x"], [[["🎭"]]], "cp949"))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    cell = sheet_of(b"".join(write_xlsx("x", ["a"], [[[text]]])))["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


@settings(deadline=None)
@given(st.text(max_size=50))
def test_any_text_makes_a_readable_workbook(text: str) -> None:
    sheet = sheet_of(b"".join(write_xlsx("x", ["a"], [[[text.replace("\r", "")]]])))
    assert sheet["A1"].value == "a"


def test_memory_does_not_grow_with_the_rows() -> None:
    def batches(count: int) -> Iterator[list[tuple[object, ...]]]:
        for _ in range(count):
            yield [ROW] * 500

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in write_xlsx("x", NAMES, batches(count)):  # type: ignore[arg-type]
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(40) < 2 * peak(4)


@pytest.mark.parametrize("client_stays", [True, False])
async def test_an_export_ends_its_transaction_even_when_the_client_goes(client_stays: bool) -> None:
    ended: list[bool] = []

    def parts() -> Iterator[bytes]:
        try:
            for _ in range(5):
                yield b"x"
        finally:
            ended.append(True)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3 and not client_stays:
            raise OSError

    async def receive() -> Any:
        await asyncio.sleep(3600)

    download = Download(parts(), "x.csv", "text/csv")
    with nullcontext() if client_stays else pytest.raises(ClientDisconnect):
        await download({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
    assert ended == [True]


async def test_a_client_that_takes_nothing_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[bool] = []

    def parts() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            ended.append(True)

    async def for_ever(*_: Any) -> Any:
        await asyncio.sleep(3600)

    download = Download(parts(), "x.csv", "text/csv", stalled_seconds=0.01)
    await download({"type": "http", "asgi": {"spec_version": "2.3"}}, for_ever, for_ever)
    assert ended == [True]
    assert "cannot finish x.csv: its client took nothing" in caplog.text


def test_exports_take_turns_and_give_their_turn_back() -> None:
    exports = Exports()
    with ExitStack() as held:
        for _ in range(AT_ONCE):
            held.enter_context(exports.slot())
        with pytest.raises(RequestError) as refused, exports.slot():
            pass
    assert (refused.value.status, refused.value.code) == (503, "too_many_exports")
    assert refused.value.headers == {"Retry-After": "5"}
    with exports.slot():
        pass


async def test_an_export_that_finds_no_room_is_refused_and_pages_are_not(engine: Engine) -> None:
    nobody_yet = Mock(known=False, ask=lambda: False)
    services = Mock(is_encrypted=False, public_origin=None, engine=engine, accounts=nobody_yet)
    services.answers.find.return_value = None
    app = create_application(services)
    with ExitStack() as held:
        for _ in range(AT_ONCE):
            held.enter_context(app.state.exports.slot())
        status, headers, body = await asked(app, "play_all_shows", "format=csv")
        assert (status, json.loads(body)["code"]) == (503, "too_many_exports")
        assert headers[b"retry-after"] == b"5"
        assert (await asked(app, "play_all_shows", "limit=1"))[0] == 200
    for _ in range(AT_ONCE + 1):
        assert (await asked(app, "play_all_shows", "format=csv"))[0] == 200


async def asked(app: Any, slug: str, query: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of a metric, from the application without a server around it."""
    answer: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answer.append(message)

    path = f"/api/v1/metrics/{slug}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": f"asOf={AS_OF}&{query}".encode(),
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in answer[1:])
    return answer[0]["status"], dict(answer[0]["headers"]), body


@pytest.mark.process
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_every_metric_has_the_same_rows_in_every_format(site: Any, metric: Any) -> None:
    path = f"/api/v1/metrics/{metric.slug}?asOf={AS_OF}"
    page = json.loads(site.ask(f"{path}&limit=10000").body, parse_float=Decimal)
    whole = json.loads(site.ask(f"{path}&format=json").body, parse_float=Decimal)
    assert whole == page
    rows = page["items"]
    text = site.ask(f"{path}&format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"{metric.slug}_20260310.csv" in text.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(text.body.decode("utf-8-sig"), newline="")))
    assert [list(line.values()) for line in lines] == [
        [spelled(value) for value in row.values()] for row in rows
    ]
    sheet = sheet_of(site.ask(f"{path}&format=xlsx").body)
    assert sheet.max_row == len(rows) + 1
    assert [cell.value for cell in sheet[1]] == [column.name for column in metric.columns]


@pytest.mark.process
@pytest.mark.parametrize(("language", "heading"), [("ko", "판매일"), ("en", "Sales date")])
def test_headings_are_names_for_programs_or_labels_for_people(
    site: Any, language: str, heading: str
) -> None:
    path = f"/api/v1/metrics/concert_daily?asOf={AS_OF}&lang={language}"
    columns = site.ask(path).json["columns"]
    labels = [column["label"] for column in columns]
    assert heading in labels
    for asked, expected in (("name", [c["name"] for c in columns]), ("label", labels)):
        text = site.ask(f"{path}&format=csv&encoding=cp949&header={asked}").body.decode("cp949")
        assert next(csv.reader(io.StringIO(text))) == expected
        sheet = sheet_of(site.ask(f"{path}&format=xlsx&header={asked}").body)
        assert [cell.value for cell in sheet[1]] == expected


def spelled(value: Any) -> str:
    """A value of JSON as CSV writes it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case _ if value.endswith("+09:00"):
            return value.removesuffix("+09:00").replace("T", " ")
        case _:
            return f"'{value}" if value.startswith(FORMULA_STARTS) else value
