"""Signing up, in and out, changing people, tokens and codes, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from boxoffice.accounts.changes import Changes, Refusal
from boxoffice.accounts.credentials import (
    BearerToken,
    SessionToken,
    TokenUnknown,
    create_token,
    list_tokens,
    revoke_token,
    whose,
)
from boxoffice.accounts.history import read_events
from boxoffice.accounts.rights import Role
from boxoffice.accounts.sign_in import (
    IDLE,
    LONGEST,
    Attempt,
    NotApproved,
    SignInRefused,
    TooManyAttempts,
    sign_in,
    sign_out,
)
from boxoffice.accounts.sign_up import (
    CODE_LASTS,
    Candidate,
    CodeUnknown,
    PasswordWeak,
    add_administrator,
    change_password,
    issue_code,
    sign_up,
    use_code,
)
from boxoffice.accounts.throttle import BY_ACCOUNT, BY_NETWORK, SIGN_UPS
from boxoffice.accounts.users import (
    ChangeRefused,
    NameTaken,
    PerformanceUnknown,
    UserUnknown,
    administrator_exists,
    change_user,
    delete_user,
    find_user,
    get_user,
    list_users,
)
from boxoffice.db.transactions import SYSTEM, Actor, transaction

HOME = "192.0.2.7"


@pytest.fixture
def master(engine: Engine, password: str, now: datetime) -> Actor:
    person = Candidate("Master@Example.org ", "마스터", password)
    return Actor.of_user(add_administrator(engine, person, now=now))


@pytest.fixture
def user(engine: Engine, master: Actor, password: str, now: datetime) -> int:
    """Somebody who signed up and was approved."""
    person = Candidate("user@example.org", "사용자", password)
    user_id = sign_up(engine, person, network=HOME, now=now)
    change_user(engine, user_id, Changes(is_approved=True), actor=master)
    return user_id


def attempt(password: str, email: str = "user@example.org", network: str = HOME) -> Attempt:
    return Attempt(email, password, network)


def add_performances(engine: Engine) -> None:
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(
            text(
                "INSERT INTO performance (code, category, title, show_start_date, show_end_date)"
                " SELECT 'P' || n, 'play', '공연 ' || n, '2026-01-01', '2026-01-31'"
                " FROM generate_series(1, 2) AS n"
            )
        )


def test_accounts_are_in_force_from_the_first_administrator_on(
    engine: Engine, password: str, now: datetime
) -> None:
    assert not administrator_exists(engine)
    sign_up(engine, Candidate("a@example.org", "a", password), network=HOME, now=now)
    assert not administrator_exists(engine)
    add_administrator(engine, Candidate("m@example.org", "m", password), now=now)
    assert administrator_exists(engine)


def test_whoever_signs_up_waits_for_approval(
    engine: Engine, master: Actor, password: str, now: datetime
) -> None:
    person = Candidate(" User@Example.org", "사용자", password)
    user_id = sign_up(engine, person, network=HOME, now=now)
    with pytest.raises(NotApproved):
        sign_in(engine, attempt(password), token="t", now=now)
    with pytest.raises(SignInRefused):
        sign_in(engine, attempt("another password"), token="t", now=now)
    change_user(engine, user_id, Changes(is_approved=True), actor=master)
    assert sign_in(engine, attempt(password, "USER@example.org"), token="t", now=now) == user_id
    found = whose(engine, SessionToken("t"), now=now)
    assert found is not None
    assert (found.id, found.role, found.can_upload) == (user_id, Role.USER, False)


def test_s4_nobody_signs_up_with_rights(engine: Engine, password: str, now: datetime) -> None:
    person = Candidate("a@example.org", "a", password)
    user_id = sign_up(engine, person, network=HOME, now=now)
    user = get_user(engine, user_id)
    assert user.account.role is Role.USER
    flags = (user.account.can_upload, user.account.can_manage, user.account.is_approved)
    assert not any((*flags, user.all_performances, user.performances))


@pytest.mark.parametrize(("email", "name"), [("USER@example.org", "other"), ("b@x.org", "사용자")])
def test_address_and_name_are_taken_once(
    engine: Engine, user: int, email: str, name: str, password: str, now: datetime
) -> None:
    with pytest.raises(NameTaken):
        sign_up(engine, Candidate(email, name, password), network=HOME, now=now)


def test_a_weak_password_adds_nobody(engine: Engine, now: datetime) -> None:
    with pytest.raises(PasswordWeak):
        sign_up(engine, Candidate("a@example.org", "a", "1234567890"), network=HOME, now=now)
    assert list_users(engine, actor=SYSTEM) == []


def test_unknown_accounts_and_wrong_passwords_are_refused_alike(
    engine: Engine, user: int, now: datetime
) -> None:
    for email in ("user@example.org", "nobody@example.org"):
        with pytest.raises(SignInRefused):
            sign_in(engine, attempt("wrong password", email), token="t", now=now)


def test_a_session_ends_when_idle_when_old_and_when_signed_out(
    engine: Engine, user: int, password: str, now: datetime
) -> None:
    def is_valid(token: str, at: datetime) -> bool:
        return whose(engine, SessionToken(token), now=at) is not None

    sign_in(engine, attempt(password), token="idle", now=now)
    assert is_valid("idle", now + IDLE - timedelta(seconds=1))
    # Used again just before, it lasts on.
    assert is_valid("idle", now + IDLE + timedelta(hours=1))
    assert not is_valid("idle", now + 2 * IDLE + timedelta(hours=1))

    sign_in(engine, attempt(password), token="old", now=now)
    for hours in range(10, 24 * 14, 10):
        assert is_valid("old", now + timedelta(hours=hours))
    assert not is_valid("old", now + LONGEST)

    sign_in(engine, attempt(password), token="out", now=now)
    sign_out(engine, "out")
    assert not is_valid("out", now)
    sign_out(engine, "unknown")


def test_no_token_stands_in_the_database(
    engine: Engine, user: int, password: str, now: datetime
) -> None:
    sign_in(engine, attempt(password), token="session-token", now=now)
    create_token(engine, user, "script", token="bearer-token", now=now, expires=None)
    issue_code(engine, user, code="reset-code", now=now, actor=SYSTEM)
    with transaction(engine, actor=SYSTEM) as connection:
        tables = ("user_session", "api_token", "password_reset", "user_password", "audit_event")
        everything = str(
            [connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]
        )
    for secret in ("session-token", "bearer-token", "reset-code", password):
        assert secret not in everything


def test_s3_guessing_one_password_waits_longer_and_longer(
    engine: Engine, user: int, password: str, now: datetime
) -> None:
    for _ in range(BY_ACCOUNT.free):
        with pytest.raises(SignInRefused):
            sign_in(engine, attempt("wrong password"), token="t", now=now)
    with pytest.raises(TooManyAttempts) as early:
        sign_in(engine, attempt(password), token="t", now=now)
    assert early.value.wait == timedelta(seconds=1)
    # Another network waits as well; later the right password counts again, and forgives.
    with pytest.raises(TooManyAttempts):
        sign_in(engine, attempt(password, network="192.0.2.8"), token="t", now=now)
    sign_in(engine, attempt(password), token="t", now=now + timedelta(seconds=2))
    sign_in(engine, attempt(password), token="u", now=now + timedelta(seconds=2))


def test_s3_one_password_for_many_accounts_waits_by_network(engine: Engine, now: datetime) -> None:
    for number in range(BY_NETWORK.free):
        with pytest.raises(SignInRefused):
            sign_in(engine, attempt("some password", f"{number}@x.org"), token="t", now=now)
    with pytest.raises(TooManyAttempts):
        sign_in(engine, attempt("some password", "one-more@x.org"), token="t", now=now)
    with pytest.raises(SignInRefused):
        sign_in(engine, attempt("some password", "one-more@x.org", "::2"), token="t", now=now)


def test_attempts_at_the_same_moment_all_count(engine: Engine, user: int, now: datetime) -> None:
    def guess(number: int) -> type[Exception]:
        try:
            sign_in(engine, attempt(f"guess number {number}"), token="t", now=now)
        except (SignInRefused, TooManyAttempts) as refused:
            return type(refused)
        raise AssertionError("guessed")

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(guess, range(16)))
    assert ends.count(SignInRefused) == BY_ACCOUNT.free


def test_signing_up_again_and_again_waits(engine: Engine, password: str, now: datetime) -> None:
    for number in range(SIGN_UPS.free):
        person = Candidate(f"{number}@x.org", f"{number}", password)
        sign_up(engine, person, network=HOME, now=now)
    with pytest.raises(TooManyAttempts):
        sign_up(engine, Candidate("more@x.org", "more", password), network=HOME, now=now)


def test_a_change_of_rights_ends_sessions_and_tokens_follow_it(
    engine: Engine, master: Actor, user: int, password: str, now: datetime
) -> None:
    sign_in(engine, attempt(password), token="t", now=now)
    create_token(engine, user, "script", token="script", now=now, expires=None)
    change_user(engine, user, Changes(can_upload=True), actor=master)
    assert whose(engine, SessionToken("t"), now=now) is None
    by_token = whose(engine, BearerToken("script"), now=now)
    assert by_token is not None
    assert by_token.can_upload
    change_user(engine, user, Changes(is_approved=False), actor=master)
    assert whose(engine, BearerToken("script"), now=now) is None


def test_tokens_are_listed_expire_and_are_revoked(engine: Engine, user: int, now: datetime) -> None:
    create_token(engine, user, "a", token="A", now=now, expires=None)
    create_token(engine, user, "b", token="B", now=now, expires=now + timedelta(days=1))
    with pytest.raises(NameTaken):
        create_token(engine, user, "a", token="C", now=now, expires=None)
    assert whose(engine, BearerToken("A"), now=now)
    assert whose(engine, BearerToken("B"), now=now)
    assert whose(engine, BearerToken("B"), now=now + timedelta(days=1)) is None
    # Neither kind of credential stands for the other.
    assert whose(engine, SessionToken("A"), now=now) is None
    first, second = list_tokens(engine)
    assert (first.name, second.name) == ("a", "b")
    assert first.last_used_at == now
    revoke_token(engine, first.id)
    assert whose(engine, BearerToken("A"), now=now) is None
    with pytest.raises(TokenUnknown):
        revoke_token(engine, first.id)


def test_a_code_lets_its_holder_choose_a_password_once(
    engine: Engine, master: Actor, user: int, password: str, now: datetime
) -> None:
    sign_in(engine, attempt(password), token="t", now=now)
    issue_code(engine, user, code="lost", now=now, actor=master)
    issue_code(engine, user, code="code", now=now, actor=master)
    for code, at in (("lost", now), ("nonsense", now), ("code", now + CODE_LASTS)):
        with pytest.raises(CodeUnknown):
            use_code(engine, code, "another password", now=at)
    with pytest.raises(PasswordWeak):
        use_code(engine, "code", "short", now=now)
    use_code(engine, "code", "another password", now=now)
    assert whose(engine, SessionToken("t"), now=now) is None
    sign_in(engine, attempt("another password"), token="t", now=now)
    with pytest.raises(CodeUnknown):
        use_code(engine, "code", "yet another password", now=now)
    with pytest.raises(ChangeRefused):
        issue_code(engine, master.user_id or 0, code="own", now=now, actor=master)


def test_a_password_is_changed_with_the_old_one(
    engine: Engine, user: int, password: str, now: datetime
) -> None:
    sign_in(engine, attempt(password), token="t", now=now)
    with pytest.raises(SignInRefused):
        change_password(engine, user, "wrong password", "another password", now=now)
    assert whose(engine, SessionToken("t"), now=now)
    change_password(engine, user, password, "another password", now=now)
    assert whose(engine, SessionToken("t"), now=now) is None
    sign_in(engine, attempt("another password"), token="t", now=now)


def test_permissions_name_performances_that_exist(engine: Engine, master: Actor, user: int) -> None:
    add_performances(engine)
    changed = change_user(engine, user, Changes(performances=frozenset({"P2"})), actor=master)
    assert changed.performances == {"P2": "공연 2"}
    with pytest.raises(PerformanceUnknown, match="P3"):
        change_user(engine, user, Changes(performances=frozenset({"P1", "P3"})), actor=master)
    assert get_user(engine, user).performances == {"P2": "공연 2"}
    # Somebody promoted sees everything by role, and falls back to nothing but what is given.
    promoted = change_user(engine, user, Changes(role=Role.ADMINISTRATOR), actor=master)
    assert promoted.all_performances


def test_the_last_master_stays_even_when_two_go_at_once(
    engine: Engine, master: Actor, password: str, now: datetime
) -> None:
    other = add_administrator(engine, Candidate("two@x.org", "two", password), now=now)
    masters = [master.user_id or 0, other]

    def demote(user_id: int) -> Refusal | None:
        try:
            change_user(engine, user_id, Changes(role=Role.USER), actor=SYSTEM)
        except ChangeRefused as refused:
            return refused.reason
        return None

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(demote, masters))
    assert sorted(ends, key=str) == [None, Refusal.LAST_MASTER]
    assert administrator_exists(engine)
    last = next(u for u in list_users(engine, actor=SYSTEM) if u.account.role is Role.MASTER)
    with pytest.raises(ChangeRefused):
        delete_user(engine, last.id, actor=SYSTEM)


def test_whoever_is_not_shown_does_not_exist(
    engine: Engine, master: Actor, user: int, password: str, now: datetime
) -> None:
    admin = change_user(engine, user, Changes(role=Role.ADMINISTRATOR), actor=master)
    actor = Actor.of_user(admin.id)
    assert [u.id for u in list_users(engine, actor=actor)] == [admin.id]
    for action in (
        lambda: change_user(engine, master.user_id or 0, Changes(name="x"), actor=actor),
        lambda: delete_user(engine, master.user_id or 0, actor=actor),
        lambda: issue_code(engine, master.user_id or 0, code="c", now=now, actor=actor),
    ):
        with pytest.raises(UserUnknown):
            action()
    assert [u.id for u in list_users(engine, actor=master)] == [master.user_id, admin.id]


def test_the_audit_says_who_did_what_before_and_after(
    engine: Engine, master: Actor, user: int, password: str, now: datetime
) -> None:
    add_performances(engine)
    sign_in(engine, attempt(password), token="t", now=now)
    change_user(engine, user, Changes(performances=frozenset({"P1"})), actor=master)
    delete_user(engine, user, actor=master)
    with pytest.raises(UserUnknown):
        find_user(engine, "user@example.org")
    events = read_events(engine, before=None, limit=10)
    assert [(e.actor, e.action, e.subject) for e in events] == [
        (master.name, "user.delete", f"user:{user}"),
        (master.name, "user.change", f"user:{user}"),
        (f"user:{user}", "session.begin", f"user:{user}"),
        (master.name, "user.change", f"user:{user}"),
        ("system", "user.add", f"user:{user}"),
        ("system", "user.add", master.name),
    ]
    changed = events[1]
    assert changed.before
    assert changed.after
    assert (changed.before["performances"], changed.after["performances"]) == ([], ["P1"])
    assert events[0].before
    assert events[0].before["email"] == "user@example.org"
    older = read_events(engine, before=events[2].id, limit=2)
    assert [e.id for e in older] == [events[3].id, events[4].id]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"]
)
def test_the_audit_is_never_changed(engine: Engine, user: Any, statement: str) -> None:
    with (
        pytest.raises(Exception, match="permission denied"),
        transaction(engine, actor=SYSTEM) as connection,
    ):
        connection.execute(text(statement))
