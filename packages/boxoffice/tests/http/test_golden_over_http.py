"""Whole golden seasons through the interface: planned, uploaded and read over HTTP, to the cell.

Acceptance 1 of the figures: `golden/compare.py` itself judges what the metrics API answered.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from boxoffice.metrics.original import ORIGINAL_VIEWS, OriginalView, original_value
from boxoffice.testing import golden_folder

pytestmark = pytest.mark.process

FIELDS = {
    "code": "liveId",
    "category": "category",
    "title": "liveName",
    "isActive": "isLive",
    "venue": "location",
    "showStartDate": "showStartDate",
    "showEndDate": "showEndDate",
    "saleStartDate": "saleStartDate",
    "saleEndDate": "saleEndDate",
    "runningMinutes": "runningTime",
    "targetOccupancyPct": "targetShare",
    "breakEvenAmount": "bep",
    "seatsPerShow": "showTotalSeatNumber",
    "previewEndDate": "previewEndingDate",
    "concertAt": "concertDateTime",
}
SMALL_PAGE = 150
"""Less than the rows of many metrics: cursors are followed."""


@pytest.mark.parametrize("name", ["season-small", "season-a"])
def test_a_season_over_http_equals_the_golden_views(
    name: str, fresh_database: str, serve: Callable[..., Any], tmp_path: Path
) -> None:
    season = golden_folder() / name
    as_of = json.loads((season / "golden.json").read_text("utf-8"))["as_of"]
    meta = json.loads((season / "inputs" / "meta.json").read_text("utf-8"))
    site = serve(fresh_database)
    for show in meta["shows"]:
        plan(site, show)
    for note in meta["monthly_etc"]:
        send(site, "PUT", f"/month-notes/{note['year']}/{note['month']}", {"note": note["etc"]})
    for upload in meta["uploads"]:
        content = (season / "inputs" / "files" / upload["file"]).read_bytes()
        answer = site.upload(upload["file"], content, path=f"/upload?asOf={as_of}")
        assert answer.status in (200, 201), answer.body
    for slug, view in ORIGINAL_VIEWS.items():
        write_view(tmp_path, view, rows(site, slug, as_of))
    judged = compare(season, tmp_path)
    assert judged.returncode == 0, judged.stdout
    assert "total: 0 differences" in judged.stdout
    for path, former in former_paths(season):
        assert_former_path(site, f"{path}?asOf={as_of}", former, season)


def test_the_judge_sees_a_single_wrong_cell(tmp_path: Path) -> None:
    """The test above could not fail if this one did not pass."""
    season = golden_folder() / "season-small"
    for file in (season / "views_right").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    view = tmp_path / "view_con_all_daily.csv"
    first, *others = view.read_text("utf-8").splitlines()
    values = others[0].split(",")
    values[-1] = str(int(values[-1]) + 1)
    view.write_text("\n".join([first, ",".join(values), *others[1:], ""]), "utf-8")
    assert compare(season, tmp_path).returncode == 1


def former_paths(season: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The former server's paths that show the rows of one view, and which field is which column."""
    described = json.loads((season / "endpoint_map.json").read_text("utf-8"))
    for path, former in described.items():
        if "fields" in former:
            yield path, former


def assert_former_path(site: Any, path: str, former: Mapping[str, Any], season: Path) -> None:
    """Its fields hold the right values of its view, in its order."""
    answer = json.loads(site.ask(path).body, parse_float=Decimal)
    assert answer, path
    fields = {each["field"] for each in former["fields"]}
    assert all(row.keys() == fields for row in answer), path
    with (season / "views_right" / f"{former['view']}.csv").open(encoding="utf-8") as file:
        right = list(csv.DictReader(file))
    columns = {each["field"]: each["column"] for each in former["fields"]}
    # Numbers of rows are nobody's figures, and a sum over a view stands in none.
    columns = {field: column for field, column in columns.items() if column in right[0]}
    if path.startswith("/concert/monthly"):
        assert sum(row["monthlySalesAmount"] for row in answer) == sum(
            int(row["daily_sales_amount"]) for row in right
        )
        return
    told = [[plain(wall_clock(row[field])) for field in columns] for row in answer]
    assert sorted(told) == sorted([plain(row[c]) for c in columns.values()] for row in right), path
    for keys in [former["order"].split(", ")] if former["order"] else []:
        assert_ordered(answer, [key.rsplit(" ", 1) for key in keys if " " in key], columns)


def assert_ordered(
    rows: list[Mapping[str, Any]], keys: list[list[str]], columns: Mapping[str, str]
) -> None:
    """By the first of its keys; the other ones only break its ties."""
    (name, way), *_ = keys
    field = next((field for field, column in columns.items() if name in (field, column)), name)
    values = [str(row[field]) for row in rows]
    if not values[0].isdecimal():
        assert values == sorted(values, reverse=way == "desc")


def plain(value: object) -> str:
    """A value as both sides can be compared by it."""
    text = spelled(value)
    try:
        # The golden files stop at 10 decimals.
        return str(round(Decimal(text), 8).normalize()) if text else ""
    except InvalidOperation:
        return text


def plan(site: Any, show: Mapping[str, Any]) -> None:
    """One performance with its seats, targets and marketing weeks."""
    body = {ours: show.get(theirs) for ours, theirs in FIELDS.items()}
    seats = {c: show.get(f"concertSeatNumber{c.capitalize()}") for c in ("vip", *"rsab")}
    body["seatClasses"] = {name: count for name, count in seats.items() if count is not None}
    send(site, "POST", "/performances", body, expected=201)
    path = f"/performances/{show['liveId']}"
    targets = [{"date": day, "amount": won} for day, won in show["targets"].items()]
    send(site, "PUT", f"{path}/targets", {"items": targets})
    texts = [
        {
            "weekStart": start.isoformat(),
            "salesMarketing": week["salesMarketing"],
            "promotion": week["promotion"],
            "otherNotes": week["etc"],
        }
        for start, week in zip(week_starts(show), show["marketing"], strict=False)
    ]
    send(site, "PUT", f"{path}/marketing-weeks", {"items": texts})


def week_starts(show: Mapping[str, Any]) -> Iterator[date]:
    """First days of the weeks of a sale: the sale's own, then Mondays."""
    day, last = (date.fromisoformat(show[f"sale{end}Date"]) for end in ("Start", "End"))
    while day <= last:
        yield day
        day += timedelta(days=7 - day.weekday())


def send(site: Any, method: str, path: str, body: object, expected: int = 200) -> Any:
    """One JSON request that must succeed."""
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    answer = site.ask(f"/api/v1{path}", method, content, headers)
    assert answer.status == expected, answer.body.decode()
    return answer.json


def rows(site: Any, slug: str, as_of: str) -> Iterator[Mapping[str, Any]]:
    """All rows of a metric, page by page."""
    path = f"/api/v1/metrics/{slug}?asOf={as_of}&limit={SMALL_PAGE}"
    cursor = ""
    while cursor is not None:
        answer = site.ask(path + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status == 200, answer.body
        page = json.loads(answer.body, parse_float=Decimal)
        assert page["asOf"] == as_of
        yield from page["items"]
        cursor = page["nextCursor"]


def write_view(folder: Path, view: OriginalView, items: Iterator[Mapping[str, Any]]) -> None:
    """The rows under the former names."""
    with (folder / f"{view.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(view.columns)
        for row in items:
            writer.writerow(
                spelled(original_value(theirs, wall_clock(row[ours])))
                for theirs, ours in view.columns.items()
            )


def wall_clock(value: Any) -> Any:
    """Moments of the interface say that they are Seoul's; the former server's columns did not."""
    if isinstance(value, str) and value.endswith("+09:00"):
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value


def spelled(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def compare(season: Path, candidate: Path) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, str(golden_folder() / "compare.py"), "--golden", str(season)]
    return subprocess.run(
        [*program, "--candidate", str(candidate)], capture_output=True, text=True, check=False
    )
