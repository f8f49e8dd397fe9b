"""Answers that are computed once: what is found is right, and rights are asked every time."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from boxoffice.accounts.tokens import digest
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.http.kept_answers import KeptAnswers

BODY = b"x" * 10


def test_what_was_kept_is_found() -> None:
    answers = KeptAnswers(1000)
    assert answers.find("a") is None
    answers.keep("a", b"1")
    answers.keep("a", b"2")  # somebody computed the same at the same time
    assert answers.find("a") == b"1"


def test_what_nobody_asked_for_the_longest_makes_room() -> None:
    answers = KeptAnswers(10 * len(BODY))
    for tag in "abcdefghij":
        answers.keep(tag, BODY)
    assert answers.find("a") == BODY
    answers.keep("new", BODY)
    assert answers.find("b") is None
    assert answers.find("a") == answers.find("new") == BODY


def test_a_long_one_pushes_nobody_out() -> None:
    answers = KeptAnswers(10 * len(BODY))
    answers.keep("a", BODY)
    answers.keep("long", BODY * 9)
    assert answers.find("long") is None
    assert answers.find("a") == BODY


def test_without_room_nothing_is_kept() -> None:
    answers = KeptAnswers(0)
    answers.keep("a", BODY)
    assert answers.find("a") is None


def change(engine: Engine, *statements: str, **values: Any) -> None:
    def execute(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement), values)

    with transaction(engine, actor=SYSTEM) as connection:
        execute(connection)


@pytest.fixture
def stage(engine: Engine) -> Engine:
    """Two performances, an administrator, and a person with a token who sees both."""
    change(
        engine,
        "INSERT INTO performance (code, category, title, show_start_date, show_end_date, is_active)"
        " VALUES ('A', 'play', 'a', '2025-03-01', '2025-03-02', true),"
        " ('B', 'play', 'b', '2025-03-01', '2025-03-02', true)",
        "INSERT INTO app_user"
        " (email, name, role, is_approved, can_upload, can_manage, all_performances)"
        " VALUES ('m@example.org', 'm', 0, true, true, true, true),"
        " ('r@example.org', 'r', 2, true, false, false, false)",
        "INSERT INTO user_performance (user_id, performance_id)"
        " SELECT app_user.id, performance.id FROM app_user, performance WHERE app_user.name = 'r'",
        "INSERT INTO api_token (user_id, name, token_sha256, created_at)"
        " SELECT id, 'test', :digest, now() FROM app_user WHERE name = 'r'",
        digest=digest("secret"),
    )
    return engine


@pytest.mark.process
def test_what_changes_what_somebody_sees_ends_it(
    serve: Callable[..., Any], stage: Engine, database_url: str
) -> None:
    site = serve(database_url)

    def seen() -> Any:
        path = "/api/v1/metrics/target_totals?asOf=2025-03-05"
        answer = site.ask(path, headers={"Authorization": "Bearer secret"})
        if answer.status != 200:
            return answer.status
        return {row["performance_code"]: row["target_amount"] for row in answer.json["items"]}

    assert seen() == seen() == {"A": 0, "B": 0}
    change(stage, "INSERT INTO daily_target SELECT id, '2025-03-01', 5 FROM performance")
    assert seen() == seen() == {"A": 5, "B": 5}
    change(
        stage,
        "DELETE FROM user_performance USING performance"
        " WHERE performance_id = performance.id AND code = 'B'",
    )
    assert seen() == seen() == {"A": 5}
    change(stage, "UPDATE app_user SET is_approved = false WHERE name = 'r'")
    assert seen() == 401
    change(stage, "UPDATE app_user SET is_approved = true WHERE name = 'r'")
    assert seen() == {"A": 5}
    change(stage, "DELETE FROM api_token")
    assert seen() == 401
