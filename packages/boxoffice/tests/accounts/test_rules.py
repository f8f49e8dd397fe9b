"""Who may do what, who may change whom, how long to wait, which passwords are taken: pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxoffice.accounts.changes import (
    Changes,
    Refusal,
    completed,
    reason_to_keep,
    reason_to_refuse,
    sees,
)
from boxoffice.accounts.passwords import hashed, is_outdated, is_right, weakness
from boxoffice.accounts.rights import LOCAL_RIGHTS, Account, Right, Role, rights_of
from boxoffice.accounts.throttle import (
    BY_ACCOUNT,
    BY_NETWORK,
    FORGOTTEN_AFTER,
    SIGN_UPS,
    Attempts,
    Limit,
    network_of,
    wait,
)

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
EVERYBODYS = {Right.READ, Right.OWN_ACCOUNT}
ADMINISTRATORS = {
    Right.MANAGE_PERFORMANCES,
    Right.READ_INTERFACE,
    Right.LIST_USERS,
    Right.MANAGE_USERS,
}


def account(role: Role, number: int = 1, **flags: bool) -> Account:
    above = role <= Role.ADMINISTRATOR
    values = {"can_upload": above, "can_manage": above, "is_approved": True, **flags}
    return Account(number, role, **values)


@pytest.mark.parametrize(
    ("person", "rights"),
    [
        (account(Role.USER, is_approved=False), set()),
        (account(Role.USER, is_approved=False, can_upload=True, can_manage=True), set()),
        (account(Role.USER), EVERYBODYS),
        (account(Role.USER, can_upload=True), EVERYBODYS | {Right.UPLOAD}),
        (account(Role.USER, can_manage=True), EVERYBODYS | {Right.PLAN}),
        (
            account(Role.ADMINISTRATOR),
            EVERYBODYS | ADMINISTRATORS | {Right.UPLOAD, Right.PLAN},
        ),
        (account(Role.MASTER), set(Right)),
    ],
)
def test_rights_follow_roles_and_flags(person: Account, rights: set[Right]) -> None:
    assert rights_of(person) == rights


def test_before_there_are_accounts_this_machine_reads_uploads_and_plans() -> None:
    assert set(Right) - LOCAL_RIGHTS == {Right.MANAGE_USERS, Right.OWN_ACCOUNT}


MASTER, ADMIN, USER = (account(role, number) for number, role in enumerate(Role))
PROMOTE = Changes(role=Role.ADMINISTRATOR)
DEMOTE = Changes(role=Role.USER)
RENAME = Changes(name="새 이름")
FLAG = Changes(can_upload=True)


@pytest.mark.parametrize(
    ("actor", "target", "changes", "masters", "reason"),
    [
        (MASTER, USER, FLAG, 1, None),
        (MASTER, USER, PROMOTE, 1, None),
        (MASTER, ADMIN, DEMOTE, 1, None),
        (ADMIN, USER, FLAG, 1, None),
        (ADMIN, USER, PROMOTE, 1, Refusal.ROLE_BY_MASTER_ONLY),
        (ADMIN, USER, DEMOTE, 1, None),  # is one already
        (MASTER, MASTER, RENAME, 1, None),
        (MASTER, MASTER, FLAG, 1, Refusal.OWN_RIGHTS),
        (MASTER, MASTER, DEMOTE, 1, Refusal.LAST_MASTER),
        (MASTER, MASTER, DEMOTE, 2, Refusal.OWN_RIGHTS),
        (ADMIN, ADMIN, Changes(is_approved=True), 1, Refusal.OWN_RIGHTS),
        (USER, USER, RENAME, 1, None),
        (USER, USER, Changes(performances=frozenset({"P1"})), 1, Refusal.OWN_RIGHTS),
        (None, MASTER, DEMOTE, 1, Refusal.LAST_MASTER),
        (None, MASTER, DEMOTE, 2, None),
        (None, USER, PROMOTE, 1, None),
    ],
)
def test_who_may_change_whom(
    actor: Account | None, target: Account, changes: Changes, masters: int, reason: Refusal | None
) -> None:
    assert reason_to_refuse(actor, target, changes, masters=masters) == reason


@pytest.mark.parametrize(
    ("actor", "target", "masters", "reason"),
    [
        (MASTER, USER, 1, None),
        (ADMIN, USER, 1, None),
        (ADMIN, ADMIN, 1, Refusal.OWN_RIGHTS),
        (MASTER, MASTER, 1, Refusal.LAST_MASTER),
        (MASTER, MASTER, 2, Refusal.OWN_RIGHTS),
        (None, MASTER, 1, Refusal.LAST_MASTER),
        (None, MASTER, 2, None),
    ],
)
def test_who_may_delete_whom(
    actor: Account | None, target: Account, masters: int, reason: Refusal | None
) -> None:
    assert reason_to_keep(actor, target, masters=masters) == reason


def test_one_sees_oneself_and_whoever_stands_below() -> None:
    others = [replace(person, id=person.id + 10) for person in (MASTER, ADMIN, USER)]
    seen = {
        (actor.role, target.role)
        for actor, target in product((MASTER, ADMIN, USER), others)
        if sees(actor, target)
    }
    assert seen == {
        (Role.MASTER, Role.ADMINISTRATOR),
        (Role.MASTER, Role.USER),
        (Role.ADMINISTRATOR, Role.USER),
    }
    assert all(sees(person, person) for person in (MASTER, ADMIN, USER))


@pytest.mark.parametrize("role", [Role.MASTER, Role.ADMINISTRATOR])
def test_whoever_administers_has_every_flag(role: Role) -> None:
    everything = Changes(
        role=role, can_upload=True, can_manage=True, is_approved=True, all_performances=True
    )
    assert completed(USER, Changes(role=role)) == everything
    assert completed(ADMIN, Changes(can_upload=False)).can_upload is True
    assert completed(USER, Changes(can_upload=False)) == Changes(can_upload=False)


def test_nobody_waits_before_the_free_attempts_are_used() -> None:
    assert not wait(None, BY_ACCOUNT, NOW)
    assert not wait(Attempts(BY_ACCOUNT.free - 1, NOW), BY_ACCOUNT, NOW)
    assert wait(Attempts(BY_ACCOUNT.free, NOW), BY_ACCOUNT, NOW) == timedelta(seconds=1)


@given(
    st.integers(0, 10**9),
    st.floats(0, 7200, allow_nan=False),
    st.sampled_from([BY_ACCOUNT, BY_NETWORK, SIGN_UPS]),
)
def test_the_wait_grows_ends_and_is_never_longer_than_promised(
    count: int, passed: float, limit: Limit
) -> None:
    later = NOW + timedelta(seconds=passed)
    pause = wait(Attempts(count, NOW), limit, later)
    assert timedelta() <= pause <= limit.longest
    assert pause <= wait(Attempts(count + 1, NOW), limit, later)
    assert not wait(Attempts(count, NOW), limit, later + pause + timedelta(microseconds=1))
    assert limit.longest <= FORGOTTEN_AFTER


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_attempts_are_counted_by_whom_an_address_stands_for(
    address: str | None, network: str
) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "password_too_short"),
        ("ninechars", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("aaaaaaaaaaaa", "password_too_common"),
        ("abababababab", "password_too_common"),
        ("1234567890", "password_too_common"),
        ("0987654321", "password_too_common"),
        ("qwertyuiop", "password_too_common"),
        ("Password2026!", "password_too_common"),
        ("2026!!password", "password_too_common"),
        ("dkssudgktpdy1", "password_too_common"),
        ("비밀번호1234567", "password_too_common"),
        ("hong.gildong1", "password_too_common"),
        ("홍길동1234567890", "password_too_common"),
        ("a stitch in time", None),
        ("달빛이 비치는 우체국", None),
        ("kJ8#vQ2!xZ", None),
    ],
)
def test_s3_weak_passwords_are_refused(password: str, reason: str | None) -> None:
    assert weakness(password, "hong.gildong@example.org", "홍길동") == reason


def test_s3_passwords_are_kept_as_argon2id_with_a_salt_of_their_own() -> None:
    kept, again = hashed("a stitch in time"), hashed("a stitch in time")
    assert kept != again
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "stitch" not in kept
    assert is_right("a stitch in time", kept)
    assert not is_right("a stitch in tim", kept)
    assert not is_right("", None)
    assert not is_right("a stitch in time", "not a hash")
    assert not is_outdated(kept)
    assert is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$WwD2/wGGTuw7u4BW8sLM0Q")
