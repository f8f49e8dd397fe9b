"""When a file of a watched folder is ready, and what becomes of it."""

import json
import os

import pytest

from boxoffice.db.transactions import LOCAL
from boxoffice.ingest.folder import (
    HALF_SECONDS,
    Seen,
    Stamp,
    look,
    observe,
    ready,
    take,
    waiting_halves,
)
from boxoffice.testing import EDGE_AS_OF

OLD, NEW = Stamp(10, 1), Stamp(11, 2)


def test_a_change_starts_the_wait_anew():
    first = observe({}, {"a.xlsx": OLD, "b.xlsx": OLD}, 100.0)
    second = observe(first, {"a.xlsx": OLD, "b.xlsx": NEW, "c.xlsx": OLD}, 105.0)
    assert second == {
        "a.xlsx": Seen(OLD, 100.0),
        "b.xlsx": Seen(NEW, 105.0),
        "c.xlsx": Seen(OLD, 105.0),
    }
    assert observe(second, {}, 106.0) == {}


@pytest.mark.parametrize(
    ("seen", "now", "expected"),
    [
        ({"a.xlsx": 100.0}, 109.9, []),
        ({"a.xlsx": 100.0}, 110.0, [("a.xlsx",)]),
        ({"b.xlsx": 100.0, "a.xlsx": 105.0}, 110.0, [("b.xlsx",)]),
        ({"a.daily.csv": 100.0}, 110.0, []),
        ({"a.daily.csv": 100.0}, 100.0 + HALF_SECONDS, [("a.daily.csv",)]),
        ({"a.daily.csv": 100.0, "a.shows.csv": 105.0}, 110.0, []),
        ({"a.daily.csv": 100.0, "a.shows.csv": 105.0}, 115.0, [("a.daily.csv", "a.shows.csv")]),
        ({"a.daily.csv": 100.0, "b.shows.csv": 100.0}, 115.0, []),
    ],
)
def test_what_is_ready(seen, now, expected):
    known = {name: Seen(OLD, since) for name, since in seen.items()}
    assert ready(known, now, quiet_seconds=10.0) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), set()),
        (("a.xlsx", "b.csv"), set()),
        (("a.daily.csv", "a.shows.csv"), set()),
        (("a.daily.csv", "b.shows.csv", "c.xlsx"), {"a.daily.csv", "b.shows.csv"}),
        (("a.daily.csv", "a.shows.csv", "b.DAILY.CSV"), {"b.DAILY.CSV"}),
    ],
)
def test_which_halves_wait(names, expected):
    assert waiting_halves(names) == expected


def test_only_files_that_may_be_uploads_are_seen(tmp_path):
    for name in ("a.xlsx", ".hidden.xlsx", "~$a.xlsx", "b.xlsx.part"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "done").mkdir()
    (tmp_path / "link.xlsx").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert set(look(tmp_path)) == {"a.xlsx"}


def put(uploads, folder, case="good", day="20250617") -> str:
    request = uploads.request(case, day)
    (folder / request.filename).write_bytes(request.content or b"")
    return request.filename


def taken(uploads, folder, *names):
    return take(uploads.engine, folder, names, as_of=EDGE_AS_OF, actor=LOCAL)


def test_an_imported_file_moves_to_done_with_its_report(uploads, tmp_path):
    name = put(uploads, tmp_path)
    assert taken(uploads, tmp_path, name).status == "created"
    assert look(tmp_path) == {}
    assert (tmp_path / "done" / name).read_bytes() == uploads.request().content
    report = json.loads((tmp_path / "done" / f"{name}.report.json").read_text("utf-8"))
    assert report["snapshotId"] in uploads.standings()


def test_a_file_that_was_imported_before_a_crash_changes_nothing(uploads, tmp_path):
    name = put(uploads, tmp_path)
    taken(uploads, tmp_path, name)
    put(uploads, tmp_path)
    assert taken(uploads, tmp_path, name).status == "unchanged"
    assert len(uploads.standings()) == 1
    assert len(list((tmp_path / "done").glob("*.xlsx"))) == 2


def test_a_refused_file_moves_to_failed_with_every_reason(uploads, tmp_path):
    name = put(uploads, tmp_path, "ref_in_daily_sales")
    assert taken(uploads, tmp_path, name).status == "refused"
    report = json.loads((tmp_path / "failed" / f"{name}.report.json").read_text("utf-8"))
    assert report["details"][0]["code"] == "error_cell"
    assert look(tmp_path) == {}


def test_a_link_put_in_the_place_of_a_file_is_not_followed(uploads, tmp_path):
    name = uploads.request().filename
    (tmp_path / name).symlink_to("/etc/passwd")
    with pytest.raises(OSError, match=name[:8]):
        taken(uploads, tmp_path, name)
    assert uploads.standings() == {}
