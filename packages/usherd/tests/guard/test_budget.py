"""The connection budget as arithmetic: sums, limits, and where the size of a pool is from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.guard.database import budget
from usher.guard.database.budget import Budget, Demand
from usher.guard.database.pool import Around, Sizing, size_of
from usher.host.database_url import parse
from usher.model.database import ConnectionUse, DatabaseServer
from usher.model.spec import PoolSpec

SERVER = "postgresql at 127.0.0.1:5432"


def demand(instances: int = 2, size: int | None = 20, surge: int = 0, **more: str) -> Demand:
    return Demand(more.pop("app", "api-server"), instances, Sizing(size, said=True), surge, **more)


def held(*demands: Demand, most: int = 100, reserved: int = 3, **facts: object) -> Budget:
    return budget.judge(SERVER, demands, DatabaseServer(most, reserved, **facts))  # pyright: ignore[reportArgumentType]


def codes(found: Budget) -> list[str]:
    return [each.code for each in budget.findings(found)]


def test_a0_03_budget_is_40_of_97_and_80_at_a_reload() -> None:
    found = held(demand(surge=2))
    assert found.limit is not None
    assert (found.need, found.limit.cap, found.peak, found.verdict) == (40, 97, 80, "ok")
    assert codes(found) == []


def test_a0_03_budget_is_40_of_27_and_over() -> None:
    found = held(demand(), most=30)
    assert found.limit is not None
    assert (found.need, found.limit.cap, found.verdict) == (40, 27, "over")
    assert codes(found) == ["budget.over"]


def test_a0_04_the_refusal_holds_the_numbers_and_the_three_remedies() -> None:
    (finding,) = budget.findings(held(demand(), most=30))
    assert finding.message == (
        "cannot start 'api-server': 40 connections needed (2 instances x pool 20), 27 there "
        "(postgresql at 127.0.0.1:5432: max_connections 30, 3 reserved)"
    )
    assert "fewer instances" in finding.hint
    assert "a pool of at most 13" in finding.hint
    assert "pooler" in finding.hint


def test_double_initialisation_counts_twice() -> None:
    doubled = Demand("api", 2, Sizing(20, doubled=True), 2)
    found = held(doubled)
    assert (found.need, found.peak, found.verdict) == (80, 160, "warn")
    assert codes(found) == ["budget.tight", "budget.peak"]


@pytest.mark.parametrize(
    ("need", "verdict"), [(77, "ok"), (78, "warn"), (97, "warn"), (98, "over")]
)
def test_four_fifths_are_well_used(need: int, verdict: str) -> None:
    assert held(demand(1, need)).verdict == verdict


def test_a_reload_that_does_not_fit_is_a_warning() -> None:
    assert codes(held(demand(2, 20, surge=1), most=58)) == ["budget.peak"]
    assert codes(held(demand(2, 20, surge=1), most=63)) == []


def test_what_others_use_is_not_there() -> None:
    uses = (ConnectionUse("app", "shop", 9), ConnectionUse("backup", "shop", 60))
    found = held(demand(role="app"), uses=uses)
    assert found.limit is not None
    assert (found.limit.cap, found.verdict) == (37, "over")
    assert "60 used by others" in found.limit.words


def test_the_smaller_limit_of_a_role_or_a_database_counts() -> None:
    own = demand(1, 6, role="app", database="shop")
    assert held(own, role_limits={"app": 5}).verdict == "over"
    assert held(own, database_limits={"shop": 5}).verdict == "over"
    other = held(own, role_limits={"app": 8}, database_limits={"shop": 50})
    assert (other.limit and other.limit.cap, other.verdict) == (8, "ok")


def test_apps_of_one_server_are_added() -> None:
    both = (demand(app="api"), demand(1, 60, app="jobs"))
    found = held(*both)
    assert (found.need, found.verdict) == (100, "over")
    assert codes(found) == ["budget.over", "budget.over"]
    assert [each.app for each in budget.findings(found, {"jobs"})] == ["jobs"]


def test_what_is_unknown_is_said_and_what_is_over_anyway_is_over() -> None:
    assert codes(held(demand(size=None))) == ["budget.unknown"]
    assert held(demand(size=None), demand(app="jobs"), most=30).verdict == "over"
    blind = budget.judge(SERVER, [demand()], None, budget.POOLER)
    assert blind.verdict == "unknown"
    assert "pooler: server cap not visible" in budget.findings(blind)[0].message


@given(
    demands=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 50)), min_size=1, max_size=4),
    most=st.integers(1, 400),
    reserved=st.integers(0, 9),
    others=st.integers(0, 50),
)
def test_what_is_not_over_fits(
    demands: list[tuple[int, int]], most: int, reserved: int, others: int
) -> None:
    given = [demand(n, size, app=f"app{at}", role="a") for at, (n, size) in enumerate(demands)]
    uses = (ConnectionUse("other", "", others),)
    found = held(*given, most=most, reserved=reserved, uses=uses)
    fits = sum(n * size for n, size in demands) <= max(0, most - reserved - others)
    assert (found.verdict != "over") is fits
    if not fits and (smaller := budget.one_pool_that_fits(found)):
        remedy = [demand(n, smaller, app=f"app{at}", role="a") for at, (n, _) in enumerate(demands)]
        assert held(*remedy, most=most, reserved=reserved, uses=uses).verdict != "over"


# -- where the size is from ------------------------------------------------------------------------


def size(
    declared: PoolSpec | None = None, url: str = "", argv: str = "", *libraries: str, **env: str
) -> tuple[int | None, str]:
    around = Around(env, tuple(argv.split()), frozenset(libraries), cpus=4)
    found = size_of(declared, parse(url, "DATABASE_URL"), around)
    return found.per_instance, found.source


URL = "postgresql://app:s3cret@db:5432/shop"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *((name, "7", 7) for name in ("DB_POOL_MAX", "DB_POOL_SIZE", "DB_MAX_CONNECTIONS")),
        *((name, "7", 7) for name in ("DATABASE_POOL_SIZE", "PG_POOL_MAX", "PGPOOL_MAX")),
        *((name, "7", 7) for name in ("POOL_SIZE", "POOL_MAX", "TYPEORM_POOL_SIZE")),
        ("SQLALCHEMY_POOL_SIZE", "7", 7),
        ("POOL_MAX", "many", None),
        ("POOL_MAX", "0", None),
    ],
)
def test_a_variable_says_the_size(name: str, value: str, expected: int | None) -> None:
    assert size(None, URL, **{name: value})[0] == expected


@pytest.mark.parametrize("name", ["connection_limit", "pool_size", "max_pool_size"])
def test_the_url_says_the_size(name: str) -> None:
    assert size(None, f"{URL}?{name}=6") == (6, f"{name} in DATABASE_URL")


@pytest.mark.parametrize(
    ("libraries", "expected"),
    [
        (("pg",), 10),
        (("typeorm", "pg"), 10),
        (("sequelize", "pg"), 5),
        (("mysql2",), 10),
        (("@prisma/client",), 9),
        (("sqlalchemy", "asyncpg"), 15),
        (("asyncpg",), 10),
        (("psycopg-pool",), 4),
        (("django",), 1),
        (("express",), None),
    ],
)
def test_a_library_has_a_default(libraries: tuple[str, ...], expected: int | None) -> None:
    assert size(None, URL, "", *libraries)[0] == expected


def test_what_is_nearer_wins() -> None:
    url = f"{URL}?connection_limit=6"
    assert size(PoolSpec(size=3), url, "", "pg", POOL_MAX="4")[0] == 3
    assert size(None, url, "", "pg", POOL_MAX="4")[0] == 4
    assert size(None, url, "", "pg")[0] == 6
    assert size(None, URL, "", "pg")[0] == 10
    assert size(None, URL) == (None, "")


@pytest.mark.parametrize(
    ("argv", "env", "expected"),
    [
        ("gunicorn -w 4 app:app", {}, 40),
        ("/venv/bin/python /venv/bin/gunicorn --workers=3 app:app", {}, 30),
        ("gunicorn -w2 app:app", {"WEB_CONCURRENCY": "9"}, 20),
        ("uvicorn app:app --workers 2", {}, 20),
        ("uvicorn app:app", {"UVICORN_WORKERS": "3"}, 30),
        ("node server.js", {"WEB_CONCURRENCY": "2"}, 20),
        ("python app.py -w 4", {}, 10),
    ],
)
def test_a_server_forks_workers(argv: str, env: dict[str, str], expected: int) -> None:
    assert size(None, URL, argv, "asyncpg", **env)[0] == expected


def test_several_pools_in_a_process() -> None:
    assert size(PoolSpec(size=20, pools=2, workers=2, doubled=True))[0] == 160
