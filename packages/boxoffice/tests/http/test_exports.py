"""Metrics as files: the same figures in every format, nothing a spreadsheet would run."""

import asyncio
import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from boxoffice.http.exports import Download, csv_cell, write_csv
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
