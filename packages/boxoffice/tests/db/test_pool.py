"""All processes together never ask the database server for more than it has."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, QueuePool, text

from boxoffice.db.pool import LARGEST, ServerLimits, TooManyInstancesError, pool_size, read_limits

ORDINARY = ServerLimits(max_connections=100, reserved=3, role_limit=None)


@pytest.mark.parametrize(
    ("limits", "instances", "size"),
    [
        (ORDINARY, 1, LARGEST),
        (ORDINARY, 3, LARGEST),
        # 97 free - 10 for others = 87; two generations of 7: 6 each, 1 of them for the probe.
        (ORDINARY, 7, 5),
        (ORDINARY, 8, 4),
        (ORDINARY, 21, 1),
        (ServerLimits(100, 3, role_limit=20), 1, 4),
        (ServerLimits(20, 3, None), 1, 2),
    ],
)
def test_size(limits: ServerLimits, instances: int, size: int) -> None:
    assert pool_size(limits, instances) == size


def test_too_many_instances_are_refused_with_the_arithmetic() -> None:
    with pytest.raises(TooManyInstancesError) as refused:
        pool_size(ORDINARY, 22)
    assert str(refused.value) == (
        "cannot serve with 22 instances: the database server allows 97 connections, and 98 are"
        " needed (2 generations of 22 with 2 each, 10 for commands and backups); raise"
        " max_connections, or start fewer"
    )


@given(
    most=st.integers(1, 2000),
    reserved=st.integers(0, 20),
    role_limit=st.none() | st.integers(0, 500),
    instances=st.integers(1, 300),
)
def test_two_generations_always_fit(
    most: int, reserved: int, role_limit: int | None, instances: int
) -> None:
    limits = ServerLimits(most, reserved, role_limit)
    allowed = most - reserved if role_limit is None else min(most - reserved, role_limit)
    try:
        size = pool_size(limits, instances)
    except TooManyInstancesError:
        assert 2 * instances * 2 + 10 > allowed, "one connection each would have fitted"
        return
    assert 1 <= size <= LARGEST
    assert 2 * instances * (size + 1) + 10 <= allowed


def test_limits_are_the_servers(engine: Engine) -> None:
    limits = read_limits(engine)
    assert limits.max_connections >= 20
    assert 0 < limits.reserved < limits.max_connections
    assert limits.role_limit is None


def test_an_engine_never_holds_more_than_its_size(engine: Engine) -> None:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    held = [engine.connect() for _ in range(LARGEST)]
    try:
        assert (pool.checkedout(), pool.overflow()) == (LARGEST, 0)
    finally:
        for connection in held:
            connection.close()


def test_a_connection_that_the_server_has_ended_is_replaced(engine: Engine) -> None:
    pid = text("SELECT pg_backend_pid()")
    there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with engine.connect() as other, engine.connect() as connection:
        ended = connection.execute(pid).scalar_one()
        connection.close()
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ended})
        deadline = time.monotonic() + 30
        while other.execute(there, {"pid": ended}).scalar_one():
            other.rollback()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with engine.connect() as again:
            assert again.execute(pid).scalar_one() != ended
