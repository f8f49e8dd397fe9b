"""Files made to hurt: every one is a refusal, soon, and in bounded memory."""

import io
import tracemalloc
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxoffice.testing import edge_cases
from boxoffice.workbook import Accepted, Code, Limits, Rejected

MIB = 1024 * 1024
SMALL = Limits(rows=8, columns=16, cells=200, member_bytes=MIB, total_bytes=2 * MIB, members=8)
GOOD = {case.name: case for case in edge_cases()}


def the_code(reading: Accepted | Rejected) -> Code:
    assert isinstance(reading, Rejected)
    return reading.errors[0].code


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (replace(SMALL, rows=5), "rows"),
        (replace(SMALL, columns=5), "columns"),
        (replace(SMALL, cells=30), "cells"),
        (replace(SMALL, members=3), "members"),
        (replace(SMALL, ratio=1, ratio_free_bytes=500), "inflates to over 1 times its size"),
        (replace(SMALL, member_bytes=100), "_rels/.rels"),
        (replace(SMALL, total_bytes=1000), "xl/"),
        (replace(SMALL, expired=lambda: True), "_rels/.rels"),
    ],
)
def test_every_limit_refuses(good_sheets, write_book, read, limits, size):
    content = write_book(good_sheets)
    assert isinstance(read(content, limits=SMALL), Accepted)
    reading = read(content, limits=limits)
    assert the_code(reading) is Code.WORKBOOK_TOO_LARGE
    assert size in reading.errors[0].value


def test_what_a_sheet_declares_does_not_count(good_sheets, write_book, read):
    """The dimension says 17 billion cells (see conftest); a value in the last row is one cell."""
    good_sheets["Daily"][1_048_576] = "-|-|-|-|-|-|1"
    assert isinstance(read(write_book(good_sheets), limits=replace(SMALL, rows=9)), Accepted)


def test_a_bomb_is_not_inflated_whole(read):
    bomb = GOOD["zip_bomb"].file.content
    assert bomb is not None
    tracemalloc.start()
    reading = read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert the_code(reading) is Code.WORKBOOK_TOO_LARGE
    assert peak < 16 * MIB


BILLION_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet(body: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("part", "text"),
    [
        pytest.param("xl/styles.xml", BILLION_LAUGHS, id="document type"),
        pytest.param("xl/styles.xml", "<styleSheet", id="unfinished"),
        pytest.param("xl/styles.xml", '<?xml version="1.0" encoding="rot13"?><a/>', id="encoding"),
        pytest.param("xl/sheet1.xml", sheet('<row r="0"/>'), id="row 0"),
        pytest.param("xl/sheet1.xml", sheet('<row r="1048577"/>'), id="row after the last"),
        pytest.param("xl/sheet1.xml", sheet(f'<row r="{"9" * 5000}"/>'), id="row of 5000 digits"),
        pytest.param("xl/sheet1.xml", sheet('<row r="4"><c r="A5"/></row>'), id="other row"),
        pytest.param("xl/sheet1.xml", sheet('<row r="4"><c r="ZZZ4"/></row>'), id="column ZZZ"),
        pytest.param(
            "xl/sheet1.xml",
            sheet('<row r="4"><c r="A4"><v>1</v></c><c r="A4"><v>2</v></c></row>'),
            id="cell twice",
        ),
        pytest.param(
            "xl/sheet1.xml", sheet('<row r="4"><c t="s"><v>0</v></c></row>'), id="no such string"
        ),
        pytest.param(
            "xl/sheet1.xml", sheet('<row r="4"><c t="s"><v>-1</v></c></row>'), id="string -1"
        ),
        pytest.param(
            "xl/sheet1.xml", sheet('<row r="4"><c><v>1e999999999</v></c></row>'), id="1e999999999"
        ),
        pytest.param("xl/sheet1.xml", sheet('<row r="4"><c><v>NaN</v></c></row>'), id="NaN"),
        pytest.param(
            "xl/sheet1.xml", sheet('<row r="4"><c t="?"><v>1</v></c></row>'), id="unknown type"
        ),
    ],
)
def test_damaged_parts(good_sheets, write_book, zipped, read, part, text):
    with zipfile.ZipFile(io.BytesIO(write_book(good_sheets))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    reading = read(zipped({**parts, part: text}))
    assert the_code(reading) is Code.FILE_DAMAGED
    assert part in reading.errors[0].value


@pytest.mark.parametrize("missing", ["xl/_rels/workbook.xml.rels", "xl/sheet2.xml"])
def test_missing_parts(good_sheets, write_book, zipped, read, missing):
    with zipfile.ZipFile(io.BytesIO(write_book(good_sheets))) as archive:
        parts = {n: archive.read(n).decode() for n in archive.namelist() if n != missing}
    assert the_code(read(zipped(parts))) is Code.FILE_DAMAGED


def test_a_damaged_member_that_is_not_read_counts_too(good_sheets, write_book, read):
    content = write_book(good_sheets, **{"media/poster.png": "picture " * 500})
    start = content.index(b"media/poster.png") + len("media/poster.png")
    damaged = content[: start + 4] + b"\xff\x00\xff" + content[start + 7 :]
    assert the_code(read(damaged)) is Code.FILE_DAMAGED


def _mutations(content: bytes):
    """A few bytes overwritten, or a piece cut out."""
    position = st.integers(0, len(content) - 1)
    overwrite = st.lists(st.tuples(position, st.binary(min_size=1, max_size=4)), max_size=6)
    return st.tuples(overwrite, st.tuples(position, st.integers(0, 400)))


def _mutate(content: bytes, mutation) -> bytes:
    overwritten, (start, length) = mutation
    data = bytearray(content)
    for position, new in overwritten:
        data[position : position + len(new)] = new
    del data[start : start + length]
    return bytes(data)


def content_of(name: str) -> bytes:
    content = GOOD[name].file.content
    assert content is not None
    return content


@settings(max_examples=300, deadline=None)
@given(data=st.data(), name=st.sampled_from(["good", "con_good"]))
def test_mutated_files_are_read_or_refused(data, name, read):
    content = content_of(name)
    mutated = _mutate(content, data.draw(_mutations(content)))
    reading = read(mutated)
    assert isinstance(reading, Accepted | Rejected)
    if isinstance(reading, Rejected):
        assert reading.errors


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_mutated_xls_is_read_or_refused(data, read):
    """Few examples: each is a process of its own."""
    content = content_of("biff_xls")
    reading = read(_mutate(content, data.draw(_mutations(content))), extension="xls")
    assert isinstance(reading, Accepted | Rejected)


def test_an_xls_that_kills_its_reader_is_damaged(read):
    """A text cell said to stand in row and column 65,535: calamine asks for 137 GB at once."""
    content = bytearray(content_of("biff_xls"))
    record = content.index(bytes([0xFD, 0x00, 0x0A, 0x00]))  # LABELSST, 10 bytes: row, column, ...
    content[record + 4 : record + 8] = b"\xff\xff\xff\xff"
    reading = read(bytes(content), extension="xls")
    assert the_code(reading) is Code.FILE_DAMAGED
    assert "its reader ended" in reading.errors[0].value


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mutated_xml_inside_a_sound_zip_is_read_or_refused(data, zipped, read):
    """Checksums stop most damage; here it comes from a program that writes nonsense."""
    with zipfile.ZipFile(io.BytesIO(content_of("good"))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = data.draw(st.sampled_from([p for p in sorted(parts) if p.startswith(("xl/", "_rels"))]))
    parts[part] = _mutate(parts[part], data.draw(_mutations(parts[part])))
    reading = read(zipped(parts))
    assert isinstance(reading, Accepted | Rejected)
    for finding in reading.errors if isinstance(reading, Rejected) else reading.warnings:
        assert finding.reason_en
        assert finding.reason_ko
