"""What the routes answer, good and bad, in both languages."""

import re
from typing import Any

import pytest

from boxoffice.http.former_paths import FORMER_PATHS
from boxoffice.metrics.catalogue import METRICS, Unit, find

pytestmark = pytest.mark.process

AS_OF = "2026-03-10"


def test_health_tells_state_of_process_and_database(site: Any) -> None:
    health = site.ask("/health").json
    assert health["status"] == "ok"
    assert health["uptime"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+09:00", health["timestamp"])
    assert health["database"]["status"] == "ok"
    assert 0 <= health["database"]["latencyMs"] < 1000


def test_page_shows_the_season_in_both_languages(site: Any) -> None:
    korean = site.ask(f"/?asOf={AS_OF}")
    english = site.ask(f"/?asOf={AS_OF}&lang=en")
    assert (korean.status, english.status) == (200, 200)
    assert '<html lang="ko">' in korean.body.decode()
    assert "Season overview" in english.body.decode()
    for answer in (korean, english):
        page = answer.body.decode()
        assert page.count('role="rowheader"') == 7
        assert "달빛 우체국" in page
        assert page.count("<polyline") == 4
        # The policy forbids them; a browser would drop them silently.
        assert "<script" not in page
        assert "style=" not in page
    assert "default-src 'none'" in korean.headers["content-security-policy"]


def test_totals_of_the_page_are_the_metrics_totals(site: Any) -> None:
    rows = [
        row
        for slug in ("play_target_attainment", "concert_target_attainment")
        for row in site.ask(f"/api/v1/metrics/{slug}?asOf={AS_OF}").json["items"]
    ]
    page = site.ask(f"/?asOf={AS_OF}&lang=en").body.decode()
    for name in ("total_amount", "target_to_date_amount"):
        assert f"₩{sum(row[name] for row in rows):,}" in page


def test_page_before_the_first_sale_and_without_data_still_helps(
    site: Any, serve: Any, fresh_database: str
) -> None:
    assert site.ask("/?asOf=2020-01-01").status == 200
    empty = serve(fresh_database).ask("/?lang=en").body.decode()
    assert "No performances yet" in empty
    assert "boxoffice demo" in empty


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_every_metric_is_answered_with_its_meaning(site: Any, metric: Any) -> None:
    body = site.ask(f"/api/v1/metrics/{metric.slug}?asOf={AS_OF}&lang=en").json
    assert body["title"] == metric.title_en
    assert body["formula"]
    assert body["asOf"] == AS_OF
    if any(column.name == "performance_code" for column in metric.columns):
        codes = {row["performance_code"] for row in body["items"]}
    else:
        codes = {item["liveId"] for item in site.ask("/live").json["items"] if item["isLive"]}
    assert body["dataAsOf"].keys() == codes
    names = [column["name"] for column in body["columns"]]
    assert all(list(row) == names for row in body["items"])


@pytest.mark.parametrize("former", FORMER_PATHS, ids=lambda former: former.path)
def test_former_paths_keep_names_and_give_numbers(site: Any, former: Any) -> None:
    answer = site.ask(f"{former.path}?asOf={AS_OF}")
    assert answer.headers["x-as-of"] == AS_OF
    rows = answer.json
    assert rows
    assert all(list(row) == list(former.fields) for row in rows)
    units = {column.name: column.unit for column in find(former.slug).columns}
    money = [
        row[field]
        for row in rows
        for field, column in former.fields.items()
        if units[column] is Unit.WON and row[field] is not None
    ]
    assert all(isinstance(value, int) for value in money)


def test_rows_of_one_performance_and_pages_of_rows(site: Any) -> None:
    path = f"/api/v1/metrics/play_all_shows?asOf={AS_OF}"
    everything = site.ask(f"{path}&limit=10000").json["items"]
    one = site.ask(f"{path}&code=PLY2001").json["items"]
    assert one == [row for row in everything if row["performance_code"] == "PLY2001"]
    pages: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = site.ask(f"{path}&limit=50&cursor={cursor}" if cursor else f"{path}&limit=50").json
        assert page["dataAsOf"].keys() == {row["performance_code"] for row in page["items"]}
        pages += page["items"]
        cursor = page["nextCursor"]
    assert pages == everything


def test_moments_are_seouls(site: Any) -> None:
    rows = site.ask(f"/api/v1/metrics/play_all_shows?asOf={AS_OF}").json["items"]
    assert all(row["show_at"].endswith("+09:00") for row in rows)


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_have_figures(site: Any, day: str) -> None:
    assert site.ask(f"/?asOf={day}").status == 200
    for metric in METRICS:
        assert site.ask(f"/api/v1/metrics/{metric.slug}?asOf={day}").status == 200, metric.slug


def test_an_earlier_day_knows_nothing_of_later_files(site: Any) -> None:
    def total(day: str) -> int:
        rows = site.ask(f"/api/v1/metrics/play_target_attainment?asOf={day}").json["items"]
        return sum(row["total_amount"] for row in rows)

    assert total("2026-02-20") < total("2026-03-01") < total(AS_OF)


def test_performances_are_listed_with_the_age_of_their_figures(site: Any) -> None:
    items = {item["liveId"]: item for item in site.ask(f"/live?asOf={AS_OF}").json["items"]}
    assert len(items) == 8
    assert items["CON3001"]["category"] == "콘서트"
    assert items["PLY2003"]["isLive"] is False
    assert items["MUS1001"]["latestRecordDate"] == "2026-03-09"


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/nowhere", "GET", 404, "not_found"),
        ("/api/v1/metrics/nothing", "GET", 404, "metric_unknown"),
        ("/api/v1/metrics/concert_overview?code=CON3001", "GET", 422, "metric_not_by_performance"),
        ("/live?asOf=yesterday", "GET", 422, "parameters_invalid"),
        ("/live?asOf=", "GET", 422, "parameters_invalid"),
        ("/live?asOf=1741132800", "GET", 422, "parameters_invalid"),
        ("/?asOf=1999-12-31", "GET", 422, "parameters_invalid"),
        ("/?asOf=2100-01-01", "GET", 422, "parameters_invalid"),
        ("/api/v1/metrics/concert_daily?limit=0", "GET", 422, "parameters_invalid"),
        ("/live", "POST", 405, "method_not_allowed"),
        ("/upload", "GET", 405, "method_not_allowed"),
        ("/upload", "POST", 400, "file_missing"),
    ],
)
def test_errors_have_one_shape_in_both_languages(
    site: Any, path: str, method: str, status: int, code: str
) -> None:
    korean = site.ask(path, method)
    english = site.ask(path, method, headers={"Accept-Language": "en"})
    for answer in (korean, english):
        assert answer.status == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"code", "message", "details"} <= set(answer.json)
        assert answer.json["code"] == code
    assert re.search("[가-힣]", korean.json["message"])
    assert not re.search("[가-힣]", english.json["message"])


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "rebound.example"}, "access_host_not_loopback"),
        ({"X-Forwarded-For": "127.0.0.1"}, "access_forwarded"),
        ({"Origin": "https://evil.example"}, "access_foreign_origin"),
    ],
)
def test_the_network_is_kept_out(site: Any, headers: dict[str, str], code: str) -> None:
    for path in ("/", "/health", "/static/boxoffice.css", "/openapi.json"):
        answer = site.ask(path, headers=headers)
        assert (answer.status, answer.json["code"]) == (403, code)


def test_unchanged_refused_and_oversized_uploads(site: Any) -> None:
    name = "20260301_PLY2001_세 번째 의자.xlsx"
    before = site.ask(f"/api/v1/metrics/play_target_attainment?asOf={AS_OF}").json["items"]
    damaged = site.upload(name, b"PK\x03\x04 no workbook", liveId="PLY2001")
    assert damaged.status == 422
    assert damaged.json["details"]
    mismatch = site.upload(name, b"x", liveId="PLY2002")
    assert (mismatch.status, mismatch.json["code"]) == (409, "code_mismatch")
    unknown = site.upload("20260301_XXX_y.xlsx", b"x")
    assert (unknown.status, unknown.json["code"]) == (404, "performance_unknown")
    large = site.upload(name, bytes(10 * 1024 * 1024 + 1), liveId="PLY2001")
    assert (large.status, large.json["code"]) == (413, "file_too_large")
    assert site.ask(f"/api/v1/metrics/play_target_attainment?asOf={AS_OF}").json["items"] == before


def test_a_body_without_end_is_cut_off(site: Any) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(10**12)}
    answer = site.ask("/upload", "POST", b"--x", headers)
    assert (answer.status, answer.json["code"]) == (413, "file_too_large")


def test_the_interface_describes_itself(site: Any) -> None:
    paths = site.ask("/openapi.json").json["paths"]
    assert {"/health", "/ready", "/live", "/upload", "/api/v1/metrics/{slug}"} <= set(paths)


def test_every_link_form_and_file_of_the_pages_is_there(site: Any) -> None:
    """The former server's pages called routes that were gone (defect A7)."""
    seen: set[str] = set()
    for page in (f"/?asOf={AS_OF}", f"/?asOf={AS_OF}&lang=en", "/sign-in", "/sign-up"):
        answer = site.ask(page)
        assert answer.status == 200
        seen |= set(re.findall(r'(?:href|action|src)="(/[^"#]*)"', answer.body.decode()))
    assert len(seen) > 3
    for path in seen:
        assert site.ask(path.replace("&amp;", "&")).status not in (404, 500), path
