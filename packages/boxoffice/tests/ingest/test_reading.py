"""The process that reads a file: whatever becomes of it, the server gets an answer."""

import sys
from datetime import date
from pathlib import Path

import pytest

from boxoffice.ingest import reading
from boxoffice.ingest.reading import read_apart
from boxoffice.testing import edge_cases
from boxoffice.workbook import Accepted, Code, Rejected
from boxoffice.workbook.delivery import Order, packed, unpacked

GOOD = next(case for case in edge_cases() if case.name == "good")
ORDER = Order("xlsx", False, date(2025, 6, 17), None)
DELIVERY = r'{"errors":[{"code":"file_empty"}]}'


@pytest.fixture
def reader(monkeypatch, tmp_path: Path):
    """Puts a shell script in the place of Python."""

    def replace(script: str) -> None:
        program = tmp_path / "reader"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))

    return replace


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (f"cat > /dev/null; echo '{DELIVERY}'", Code.FILE_EMPTY),
        ("kill -KILL $$", Code.WORKBOOK_TOO_LARGE),
        ("kill -XCPU $$", Code.WORKBOOK_TOO_LARGE),
        ("kill -SEGV $$", Code.FILE_DAMAGED),
        ("exit 3", Code.FILE_DAMAGED),
        ("exit 0", Code.FILE_DAMAGED),
        ("echo '{}'", Code.FILE_DAMAGED),
        ("echo nonsense", Code.FILE_DAMAGED),
        ("exec sleep 60", Code.WORKBOOK_TOO_LARGE),
    ],
)
def test_every_end_of_the_reader_is_an_answer(reader, monkeypatch, script, code):
    monkeypatch.setattr(reading, "WALL_SECONDS", 2)
    reader(script)
    answer = read_apart(b"bytes", ORDER)
    assert isinstance(answer, Rejected)
    assert [error.code for error in answer.errors] == [code]


def test_the_reader_is_told_no_secrets(reader, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@host/db")
    reader(f"env > {tmp_path}/environment; cat > /dev/null; echo '{DELIVERY}'")
    read_apart(b"bytes", ORDER)
    told = (tmp_path / "environment").read_text()
    assert "LC_ALL=C.UTF-8" in told
    assert "secret" not in told


def test_a_reading_survives_its_way_as_bytes():
    assert GOOD.file.content is not None
    answer = read_apart(GOOD.file.content, ORDER)
    assert isinstance(answer, Accepted)
    assert unpacked(packed(answer)) == answer
