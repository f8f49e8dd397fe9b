"""Uploads over HTTP: preview and commit, batches, snapshots and the way back to the cell."""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import Engine

from boxoffice.db.engine import create_engine
from boxoffice.testing import EDGE_AS_OF, add_performance, edge_cases

CASES = {case.name: case for case in edge_cases()}
NUMBERS = count(1)
AS_OF = f"asOf={EDGE_AS_OF}"


@pytest.fixture(scope="module")
def engine(module_database: str) -> Iterator[Engine]:
    engine = create_engine(module_database)
    yield engine
    engine.dispose()


class Play:
    """A performance of a test's own on the module's server."""

    def __init__(self, site: Any, show: dict[str, Any]) -> None:
        self.site, self.show = site, show
        self.code: str = show["liveId"]

    def name(self, day: str = "20250617", extension: str = "xlsx") -> str:
        return f"{day}_{self.code}_{self.show['liveName']}.{extension}"

    def send(self, case: str = "good", path: str = "/api/v1/snapshots", day: str = "20250617"):
        return self.site.upload(self.name(day), CASES[case].file.content, f"{path}?{AS_OF}")

    def send_many(self, files: Sequence[tuple[str, bytes]], path: str):
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + b"\r\n"
            for name, content in files
        ]
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.site.ask(path, "POST", body, kind)

    def snapshots(self, query: str = "") -> list[Any]:
        answer = self.site.ask(f"/api/v1/performances/{self.code}/snapshots{query}")
        assert answer.status == 200
        return answer.json["items"]


@pytest.fixture
def play(module_site: Any, engine: Engine) -> Play:
    number = next(NUMBERS)
    show = {**CASES["good"].show, "liveId": f"WEB{number}", "liveName": f"웹 {number}"}
    add_performance(engine, show)
    return Play(module_site, show)


@pytest.mark.parametrize("path", ["/upload", "/upload/play-excel", "/api/v1/snapshots"])
def test_a_workbook_is_imported_under_every_path(play: Play, path: str):
    first, again = play.send(path=path), play.send(path=path)
    assert (first.status, again.status) == (201, 200)
    assert (first.json["status"], again.json["status"]) == ("created", "unchanged")


def test_a_preview_is_looked_at_and_committed(play: Play):
    made = play.send(path="/api/v1/previews")
    assert made.status == 201
    assert made.json["expiresAt"].endswith("+09:00")
    path = f"/api/v1/previews/{made.json['previewId']}"
    assert play.snapshots() == []
    assert play.site.ask(path).json == made.json
    done = play.site.ask(f"{path}/commit", "POST", b"")
    assert (done.status, done.json["sheets"]) == (201, made.json["sheets"])
    assert play.site.ask(f"{path}/commit", "POST", b"").status == 200
    assert [each["id"] for each in play.snapshots()] == [done.json["snapshotId"]]


def test_a_preview_that_others_overtook_is_a_conflict(play: Play):
    made = play.send(path="/api/v1/previews")
    play.send("older_date")
    path = f"/api/v1/previews/{made.json['previewId']}"
    answer = play.site.ask(f"{path}/commit?lang=en", "POST", b"")
    assert (answer.status, answer.json["code"]) == (409, "preview_outdated")
    assert play.site.ask(path, "DELETE").status == 204
    assert play.site.ask(path).json["code"] == "preview_unknown"


def test_a_snapshot_is_deleted_restored_and_purged(play: Play):
    snapshot_id = play.send().json["snapshotId"]
    path = f"/api/v1/snapshots/{snapshot_id}"
    steps = [
        ("DELETE", path, 204, "deleted"),
        ("DELETE", path, 409, "deleted"),
        ("POST", f"{path}/restore", 204, "active"),
        ("POST", f"{path}/purge", 409, "active"),
        ("POST", f"{path}/release", 409, "active"),
    ]
    for method, target, status, standing in steps:
        answer = play.site.ask(target, method)
        assert (answer.status, play.site.ask(path).json["status"]) == (status, standing)
        if status == 409:
            assert answer.json["code"] == "snapshot_state"
    play.site.ask(path, "DELETE")
    assert play.site.ask(f"{path}/purge", "POST").status == 204
    assert play.site.ask(path).json["code"] == "snapshot_unknown"
    audit = play.site.ask(f"/api/v1/uploads?code={play.code}").json["items"]
    outcomes = [entry["outcome"] for entry in audit]
    assert outcomes == ["purged", "deleted", "restored", "deleted", "created"]


def test_lists_come_in_pages(play: Play):
    for day in ("20250610", "20250611", "20250612"):
        play.send(day=day)
    path = f"/api/v1/performances/{play.code}/snapshots?limit=2"
    first = play.site.ask(path).json
    rest = play.site.ask(f"{path}&cursor={first['nextCursor']}").json
    days = [each["recordDate"] for each in (*first["items"], *rest["items"])]
    assert days == ["2025-06-12", "2025-06-11", "2025-06-10"]
    assert rest["nextCursor"] is None
    audit = play.site.ask(f"/api/v1/uploads?code={play.code}&limit=2").json
    more = play.site.ask(f"/api/v1/uploads?code={play.code}&limit=2&cursor={audit['nextCursor']}")
    assert (len(audit["items"]), len(more.json["items"])) == (2, 1)
    assert play.snapshots("?status=deleted") == []
    unknown = play.site.ask("/api/v1/performances/NOBODY/snapshots")
    assert unknown.json["code"] == "performance_unknown"


def test_a_figure_leads_to_its_cell(play: Play):
    snapshot_id = play.send().json["snapshotId"]
    sheet = openpyxl.load_workbook(io.BytesIO(CASES["good"].file.content or b""), data_only=True)
    path = f"/api/v1/snapshots/{snapshot_id}/rows/daily?limit=30"
    first = play.site.ask(path).json
    rest = play.site.ask(f"{path}&cursor={first['nextCursor']}").json
    rows = [*first["items"], *rest["items"]]
    assert len(rows) == 50
    for row in rows:
        (cell,) = row["cells"]["amount"]
        assert sheet[row["sheet"]][cell].value == row["values"]["amount"]
    day = rows[7]["values"]["sales_date"]
    asked = f"/api/v1/performances/{play.code}/lineage?{AS_OF}"
    lineage = play.site.ask(f"{asked}&salesDate={day}").json
    assert lineage["items"] == [rows[7]]
    assert (lineage["snapshotId"], lineage["fileName"]) == (snapshot_id, play.name())
    assert play.site.ask(asked).json["code"] == "lineage_question"


def test_the_file_comes_back_under_its_name(play: Play):
    snapshot_id = play.send().json["snapshotId"]
    for path in (f"/api/v1/snapshots/{snapshot_id}/file", f"/upload/download?id={snapshot_id}"):
        answer = play.site.ask(path)
        assert answer.body == CASES["good"].file.content
        told = answer.headers["content-disposition"]
        assert told.endswith(f"; filename*=UTF-8''{quote(play.name(), safe='')}")
        # For clients that know no other: still a name that may be sent again.
        assert f'filename="20250617_{play.code}__' in told


def csv_pair(play: Play) -> list[tuple[str, bytes]]:
    """The good workbook as two CSV files in CP949."""
    book = openpyxl.load_workbook(io.BytesIO(CASES["good"].file.content or b""), data_only=True)
    pair: list[tuple[str, bytes]] = []
    for sheet, half in (("Daily", "daily"), ("회차별판매", "shows")):
        lines = [
            ",".join("" if cell is None else str(cell) for cell in row)
            for row in book[sheet].iter_rows(min_row=2, values_only=True)
        ]
        text = "\n".join(lines).replace(" 00:00:00", "")
        pair.append((play.name(extension=f"{half}.csv"), text.encode("cp949")))
    return pair


def test_a_csv_pair_is_one_upload_like_its_zip(play: Play):
    workbook = play.send().json
    pair = csv_pair(play)
    sent = play.send_many(pair, f"/api/v1/snapshots?{AS_OF}")
    assert (sent.status, sent.json["fileName"]) == (201, play.name(extension="zip"))
    assert sent.json["sheets"] == workbook["sheets"]
    assert sent.json["changes"]["daily"]["changed"] == 0
    stored = play.site.ask(f"/api/v1/snapshots/{sent.json['snapshotId']}/file").body
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [data for _, data in pair]
    row = play.site.ask(f"/api/v1/snapshots/{sent.json['snapshotId']}/rows/shows?limit=1").json
    assert row["items"][0]["cells"]["paid_amount"] == [f"line {row['items'][0]['row']}"]


def test_half_a_pair_and_two_uploads_are_refused_where_one_is_expected(play: Play):
    half = play.send_many(csv_pair(play)[:1], f"/api/v1/snapshots?{AS_OF}")
    assert (half.status, half.json["code"]) == (422, "csv_incomplete")
    two = [(play.name(day), CASES["good"].file.content or b"") for day in ("20250616", "20250617")]
    answer = play.send_many(two, f"/api/v1/snapshots?{AS_OF}")
    assert (answer.status, answer.json["code"]) == (422, "one_upload_at_a_time")
    assert play.snapshots() == []


def test_a_batch_tells_each_upload_as_it_is_done(play: Play):
    files = [
        (play.name("20250615"), CASES["good"].file.content or b""),
        (play.name("20250616"), CASES["ref_in_daily_sales"].file.content or b""),
        *csv_pair(play),
    ]
    answer = play.send_many(files, f"/api/v1/batches?{AS_OF}")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [(line["done"], line["of"], line["outcome"]) for line in lines] == [
        (1, 3, "created"),
        (2, 3, "refused"),
        (3, 3, "created"),
    ]
    assert lines[1]["answer"]["details"][0]["value"] == "#REF!"
    assert len(play.snapshots("?status=active")) == 2


def test_a_batch_may_only_preview(play: Play):
    files = [(play.name(), CASES["good"].file.content or b"")]
    answer = play.send_many(files, f"/api/v1/batches?{AS_OF}&mode=preview")
    (line,) = [json.loads(line) for line in answer.body.splitlines()]
    assert (line["outcome"], line["answer"]["effect"]) == ("previewed", "created")
    assert play.snapshots() == []


def test_the_former_paths_tell_what_they_told(play: Play):
    play.send("older_date")
    play.send()
    title = quote(play.show["liveName"])
    entries = play.site.ask(f"/upload/upload-entry?liveName={title}").json
    (active,), (replaced,) = entries["activeUploads"], entries["deletedUploads"]
    assert (active["fileName"], active["deleteDate"]) == (play.name(), None)
    assert replaced["deleteDate"].endswith("+09:00")
    history = play.site.ask(f"/upload/get-upload-history?{AS_OF}").json["uploadHistory"]
    expected = {"liveName": play.show["liveName"], "uploadDate": "2025-06-17", "dayOfWeek": "화"}
    assert expected in history
    assert play.show["liveName"] in play.site.ask("/upload/live-list").json
    gone = play.site.ask(f"/upload/delete-entry?uploadId={active['id']}")
    assert (gone.status, gone.headers["allow"]) == (405, "DELETE")
    assert len(play.snapshots("?status=active")) == 1


def test_a_performance_asks_for_quarantine_and_a_manager_releases(play: Play):
    first = play.send().json["snapshotId"]
    asked = play.site.ask(
        f"/api/v1/performances/{play.code}",
        "PATCH",
        b'{"quarantineUploads": true}',
        {"Content-Type": "application/json"},
    )
    assert asked.status == 200, asked.body
    stored = play.site.ask(f"/api/v1/performances/{play.code}").json
    assert stored["quarantineUploads"] is True
    held = play.send("zero_paid")
    assert (held.status, held.json["status"]) == (202, "quarantined")
    path = f"/api/v1/snapshots/{held.json['snapshotId']}"
    standings = {each["id"]: each["status"] for each in play.snapshots()}
    assert standings == {first: "active", held.json["snapshotId"]: "quarantined"}
    assert play.site.ask(f"{path}/release", "POST").status == 204
    standings = {each["id"]: each["status"] for each in play.snapshots()}
    assert standings == {first: "superseded", held.json["snapshotId"]: "active"}


def test_a_file_sent_to_a_performance_must_be_its_own(play: Play):
    path = f"/api/v1/performances/{play.code}/snapshots"
    sent = play.send(path=path)
    assert (sent.status, sent.json["liveId"]) == (201, play.code)
    other = play.site.upload(
        play.name().replace(play.code, "OTHER-1"), CASES["good"].file.content, f"{path}?{AS_OF}"
    )
    assert (other.status, other.json["code"]) == (409, "code_mismatch")
    nowhere = play.send(path="/api/v1/performances/NO-SUCH/snapshots")
    assert (nowhere.status, nowhere.json["code"]) == (404, "performance_unknown")
