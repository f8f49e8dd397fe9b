"""What the commands answer when something is not as it should be."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from boxoffice.accounts.sign_in import Attempt, SignInRefused, sign_in
from boxoffice.accounts.users import list_users
from boxoffice.cli import db, load, views
from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import SYSTEM
from boxoffice.main import build_parser, main

Run = Callable[..., int]
SHOW: dict[str, Any] = {
    "liveId": "P1",
    "category": "연극",
    "liveName": "제목",
    "showStartDate": "2025-06-01",
    "showEndDate": "2025-06-30",
}


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on this test's database; its exit code."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    def call(*words: str) -> int:
        command = {"load": load, "views": views, "db": db}[words[0]]
        return command.run(build_parser(command).parse_args(words))

    return call


def season(folder: Path, meta: Any) -> Path:
    (folder / "inputs" / "files").mkdir(parents=True)
    (folder / "inputs" / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        (None, "inputs/meta.json"),
        ([], "cannot read season in"),
        ({"shows": [{**SHOW, "category": "오페라"}]}, "shows.0.category"),
        ({"shows": [SHOW]}, "neither file says as_of"),
        ({"as_of": "2025-06-18", "uploads": [{"file": "../x", "liveId": "P1", "liveName": "x"}]},
         "uploads.0.file"),
    ],
    ids=["no file", "no season", "wrong field", "no day", "path"],
)  # fmt: skip
def test_a_folder_that_holds_no_season(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], meta: Any, message: str
) -> None:
    folder = tmp_path if meta is None else season(tmp_path, meta)
    assert run("load", str(folder)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_a_title_that_is_taken(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows = [SHOW, {**SHOW, "liveId": "P2"}]
    assert run("load", str(season(tmp_path, {"as_of": "2025-06-18", "shows": shows}))) == 2
    message = 'cannot store performance "P2": another active one is called "제목"'
    assert message in capsys.readouterr().err


def test_a_database_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://someone:hidden@/x?host={tmp_path}")
    assert main(["views", "check"]) == 2
    assert main(["load", str(season(tmp_path, {"as_of": "2025-06-18"}))]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("cannot ") == 2
    assert "hidden" not in captured.err + captured.out


def test_users_are_loaded_without_their_passwords(
    run: Run, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    users = [
        {"email": "M@x.org", "password": "in-the-clear", "name": "마스터", "role": 0},
        {
            "email": "up@x.org",
            "password": "in-the-clear",
            "name": "업로더",
            "isFileUploader": True,
            "status": True,
            "liveNameList": ["제목", "없는 공연"],
        },
        {"email": "all@x.org", "name": "전부", "liveNameList": ["전체"]},
    ]
    folder = season(tmp_path, {"as_of": "2025-06-18", "shows": [SHOW], "users": users})
    assert run("load", "--users", str(folder)) == 0
    told = capsys.readouterr().err
    assert "up@x.org: added, but there is no performance" in told
    assert "in-the-clear" not in told
    people = {user.email: user for user in list_users(engine, actor=SYSTEM)}
    assert people["m@x.org"].account.administers
    assert people["m@x.org"].all_performances
    assert people["up@x.org"].account.can_upload
    assert people["up@x.org"].performances == {"P1": "제목"}
    assert people["all@x.org"].all_performances
    assert not people["all@x.org"].account.is_approved
    attempt = Attempt("m@x.org", "in-the-clear", "::1")
    with pytest.raises(SignInRefused):
        sign_in(engine, attempt, token="t", now=datetime.now(UTC))
    assert run("load", "--users", str(folder)) == 0
    assert "m@x.org: there already" in capsys.readouterr().err


def test_users_that_cannot_be_read(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = season(tmp_path, {"as_of": "2025-06-18", "users": [{"email": "x", "role": 9}]})
    assert run("load", "--users", str(folder)) == 1
    assert "cannot read users in" in capsys.readouterr().err


def test_a_refused_workbook_is_told_and_the_rest_is_loaded(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "20250617_P1_제목.xlsx"
    meta = {
        "as_of": "2025-06-18",
        "shows": [SHOW],
        "uploads": [{"file": name, "liveId": "P1", "liveName": "제목"}],
        "monthly_etc": [{"year": 2025, "month": 6, "etc": "메모"}],
    }
    folder = season(tmp_path, meta)
    (folder / "inputs" / "files" / name).write_bytes(b"no workbook")
    assert run("load", str(folder)) == 6
    assert f"1/1 {name}: refused" in capsys.readouterr().err
    assert run("load", "--no-files", str(folder)) == 0

    target = tmp_path / "views"
    assert run("views", "export", str(target), "--as-of", "2025-06-18") == 0
    notes = (target / "view_play_monthly_all.csv").read_text("utf-8")
    assert "2025-06,0,0,,메모,,0\n" in notes


def test_a_workbook_that_is_not_there(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upload = {"file": "20250617_P1_제목.xlsx", "liveId": "P1", "liveName": "제목"}
    meta = {"as_of": "2025-06-18", "shows": [SHOW], "uploads": [upload]}
    assert run("load", str(season(tmp_path, meta))) == 1
    assert 'cannot read workbook "20250617_P1_제목.xlsx": No such file' in capsys.readouterr().err


def test_views_are_checked_as_they_are(
    run: Run, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("views", "check") == 0
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP VIEW boxoffice.target_totals"))
    engine.dispose()
    assert run("views", "check") == 6
    assert capsys.readouterr().out == 'view "target_totals" is missing\n'
    assert run("db", "upgrade") == 0
    assert run("views", "check") == 0


@pytest.mark.parametrize("day", ["2025-6-31", "20250618", "today", ""])
def test_a_day_is_a_day(run: Run, capsys: pytest.CaptureFixture[str], day: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("views", "export", "x", "--as-of", day)
    assert ended.value.code == 1
    assert f'"{day}" is no date like 2025-06-18' in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run("views", "export", str(tmp_path / "file"), "--as-of", "2025-06-18") == 2
    assert "cannot write to" in capsys.readouterr().err
