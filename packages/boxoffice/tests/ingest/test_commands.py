"""`boxoffice watch` and `boxoffice purge` as people start them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boxoffice.db.transactions import LOCAL, transaction
from boxoffice.ingest.lifecycle import Action, change_standing

pytestmark = pytest.mark.process

DEADLINE = 60.0
PROGRAM = str(Path(sys.executable).with_name("boxoffice"))

Command = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def command(module_database: str) -> Iterator[Command]:
    """Starts `boxoffice <words>` on the module's database; killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        environ = {**os.environ, "DATABASE_URL": module_database}
        process = subprocess.Popen(
            [PROGRAM, *words], env=environ, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def put(uploads, folder: Path, case: str) -> str:
    """A file as people put it there: under another name until it is whole."""
    request = uploads.request(case)
    (folder / "half.part").write_bytes(request.content or b"")
    (folder / "half.part").rename(folder / request.filename)
    return request.filename


def eventually(happened: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        time.sleep(0.05)


def test_watch_imports_what_is_put_there_until_it_is_stopped(uploads, command, tmp_path):
    process = command("watch", str(tmp_path), "--quiet", "0")
    assert process.stderr
    assert "watching" in process.stderr.readline()
    name = put(uploads, tmp_path, "good")
    eventually((tmp_path / "done" / name).exists, "the file is imported")
    process.terminate()
    assert process.wait(DEADLINE) == 0
    assert list(uploads.standings().values()) == ["active"]


def test_watch_once_tells_that_a_file_was_refused(uploads, command, tmp_path):
    name = put(uploads, tmp_path, "ref_in_daily_sales")
    process = command("watch", str(tmp_path), "--quiet", "0", "--once")
    _, told = process.communicate(timeout=DEADLINE)
    assert process.returncode == 6
    assert "#REF!" in told
    assert (tmp_path / "failed" / name).exists()


def test_watch_wants_a_folder(command, tmp_path):
    process = command("watch", str(tmp_path / "nowhere"))
    _, told = process.communicate(timeout=DEADLINE)
    assert (process.returncode, "it is no folder" in told) == (1, True)


def test_purge_tells_first_and_does_then(uploads, command):
    snapshot_id = uploads.send("time_text").snapshot_id
    with transaction(uploads.engine, actor=LOCAL) as connection:
        change_standing(connection, snapshot_id, Action.DELETE, LOCAL)
    for words, expected, left in (
        (("--dry-run",), "would purge 1 snapshots", 1),
        ((), "purged 1 snapshots, 1 files", 0),
        ((), "purged 0 snapshots, 0 files", 0),
    ):
        process = command("purge", "--older-than", "0", *words)
        _, told = process.communicate(timeout=DEADLINE)
        assert (process.returncode, expected in told) == (0, True), told
        assert len(uploads.standings()) == left
