"""`boxoffice watch` and `boxoffice purge` as people start them."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from boxoffice.cli import watch
from boxoffice.db.transactions import LOCAL, transaction
from boxoffice.ingest import folder
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


DAILY = "dash_date,dash_seat_deposit_tot,dash_seat_deposit_sales\n2025-06-16,2,120000\n"
SHOWS = (
    "dash_date,dash_time,dash_seat_paid_tot,dash_seat_paid_sales,dash_seat_invite_tot,"
    "dash_share_deposit,dash_share_paid,dash_share_free,dash_cast1\n"
    "2025-06-17,19:30,2,120000,0,0.02,0.02,0,김\n"
)


@pytest.mark.parametrize("other_comes", [True, False])
def test_watch_once_waits_for_the_other_half_of_a_pair(
    uploads, tmp_path, monkeypatch, module_database, capsys, other_comes
):
    """In this process, where the wait can be shortened; the other half comes during it."""
    monkeypatch.setenv("DATABASE_URL", module_database)
    monkeypatch.setattr(watch, "HALF_SECONDS", 2.0)
    monkeypatch.setattr(folder, "HALF_SECONDS", 1.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    name = uploads.request().filename.removesuffix(".xlsx")
    daily, shows = (tmp_path / f"{name}.{half}.csv" for half in ("daily", "shows"))
    daily.write_text(DAILY, "utf-8")
    looks = count()

    def waited(_stop: object, _seconds: float) -> None:
        if other_comes and next(looks) == 1:
            shows.write_text(SHOWS, "utf-8")
        time.sleep(0.2)

    monkeypatch.setattr(threading.Event, "wait", waited)
    code = watch.run(argparse.Namespace(folder=tmp_path, quiet=0.0, once=True))
    assert f"waiting for the other half of {daily.name}" in capsys.readouterr().err
    away = tmp_path / ("done" if other_comes else "failed")
    report = json.loads((away / f"{daily.name}.report.json").read_text("utf-8"))
    assert (code, report.get("code")) == ((0, None) if other_comes else (6, "csv_incomplete"))


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


def test_upload_tells_what_became_of_each_file(uploads, command, tmp_path):
    good = tmp_path / put(uploads, tmp_path, "good")
    damaged = tmp_path / good.name.replace("20250617", "20250616")
    damaged.write_bytes(uploads.request("ref_in_daily_sales").content)
    pair = [tmp_path / good.name.replace("20250617", "20250615").replace("xlsx", f"{half}.csv")
            for half in ("daily", "shows")]  # fmt: skip
    pair[0].write_text(DAILY.replace("-16,", "-15,"), "utf-8")
    pair[1].write_text(SHOWS, "utf-8")
    process = command("upload", *map(str, (good, pair[0], damaged, pair[1])))
    _, told = process.communicate(timeout=DEADLINE)
    first, second, third, *reasons = told.splitlines()
    assert process.returncode == 6
    assert first.startswith(f"boxoffice upload: 1/3 {good.name}: created as snapshot ")
    assert second.startswith("boxoffice upload: 2/3 20250615_")
    assert ".zip: created as snapshot " in second
    assert third == f"boxoffice upload: 3/3 {damaged.name}: refused"
    assert len(reasons) == 1
    assert "#REF!" in reasons[0]
    assert list(uploads.standings().values()) == ["active", "active"]


def test_upload_wants_files(command, tmp_path):
    process = command("upload", str(tmp_path / "nothing.xlsx"))
    _, told = process.communicate(timeout=DEADLINE)
    assert (process.returncode, "nothing.xlsx: no such file" in told) == (1, True)
