"""`boxoffice user` and `boxoffice token`: what they do, and what they say when they cannot."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from boxoffice.accounts.credentials import BearerToken, whose
from boxoffice.accounts.sign_in import Attempt, SignInRefused, sign_in
from boxoffice.accounts.sign_up import Candidate, sign_up, use_code
from boxoffice.accounts.users import administrator_exists
from boxoffice.main import main

PASSWORD = "a stitch in time"
NOW = datetime.now(UTC)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """`run(*words, told=...)`: exit code, standard output and standard error of a command."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    def command(*words: str, told: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(told))
        code = main(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def master(run: Run) -> str:
    assert run("user", "create-admin", "Master@example.org", told=f"{PASSWORD}\n")[0] == 0
    return "master@example.org"


def test_the_first_administrator_is_made_by_a_command(run: Run, engine: Engine) -> None:
    assert not administrator_exists(engine)
    code, out, err = run(
        "user", "create-admin", "m@example.org", "--name", "김", told=f"{PASSWORD}\n"
    )
    assert (code, out) == (0, "")
    assert err == (
        'boxoffice user create-admin: added master "m@example.org"; from now on everybody must'
        " sign in\n"
    )
    assert administrator_exists(engine)
    sign_in(engine, Attempt("m@example.org", PASSWORD, "::1"), token="t", now=NOW)


@pytest.mark.parametrize(
    ("words", "told", "said"),
    [
        (("create-admin", "a@example.org"), "short\n", "it needs at least 10 characters"),
        (("create-admin", "a@example.org"), "", "it needs at least 10 characters"),
        (("create-admin", "a@example.org"), "1234567890\n", "it is easy to guess"),
        (("create-admin", "nonsense"), f"{PASSWORD}\n", '"nonsense": it is no e-mail address'),
        (("create-admin", "master@example.org"), f"{PASSWORD}\n", "address or name is taken"),
        (("approve", "nobody@example.org"), "", "nobody has this address"),
        (("delete", "master@example.org"), "", "there must be a master"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(
    words: tuple[str, ...], told: str, said: str, run: Run, master: str
) -> None:
    code, out, err = run("user", *words, told=told)
    assert (code, out) == (2, "")
    assert err.startswith(f"boxoffice user {words[0]}: cannot ")
    assert said in err
    assert PASSWORD not in err


def test_somebody_is_approved_listed_given_a_password_and_deleted(
    run: Run, master: str, engine: Engine
) -> None:
    sign_up(engine, Candidate("a@example.org", "가", PASSWORD), network="::1", now=NOW)
    assert run("user", "approve", "A@example.org")[0] == 0
    code, out, _ = run("user", "list")
    assert code == 0
    people = list(csv.DictReader(io.StringIO(out)))
    assert [(p["email"], p["name"], p["role"], p["approved"]) for p in people] == [
        ("master@example.org", "Master", "master", "yes"),
        ("a@example.org", "가", "user", "yes"),
    ]
    assert [p["performances"] for p in people] == ["all", ""]
    assert run("user", "password", "a@example.org", told="another long one\n")[0] == 0
    with pytest.raises(SignInRefused):
        sign_in(engine, Attempt("a@example.org", PASSWORD, "::1"), token="t", now=NOW)
    code, out, _ = run("user", "code", "a@example.org")
    use_code(engine, out.strip(), PASSWORD, now=NOW)
    sign_in(engine, Attempt("a@example.org", PASSWORD, "::1"), token="t", now=NOW)
    assert run("user", "delete", "a@example.org")[0] == 0
    assert len(run("user", "list")[1].splitlines()) == 2


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(
    run: Run, master: str, engine: Engine
) -> None:
    code, out, err = run("token", "create", "nightly", "--days", "30")
    token = out.strip()
    assert code == 0
    assert err == (
        'boxoffice token create: "nightly" acts as master@example.org; it is not shown again\n'
    )
    assert whose(engine, BearerToken(token), now=datetime.now(UTC))
    listed = run("token", "list")[1]
    assert token not in listed
    entry = next(csv.DictReader(io.StringIO(listed)))
    assert (entry["user"], entry["name"]) == ("master@example.org", "nightly")
    assert entry["expires"]
    assert run("token", "revoke", entry["id"])[0] == 0
    assert whose(engine, BearerToken(token), now=datetime.now(UTC)) is None
    assert run("token", "list")[1].splitlines() == ["id,user,name,created,last_used,expires"]


def test_tokens_that_cannot_be_say_why(run: Run, engine: Engine) -> None:
    code, out, err = run("token", "create", "x")
    assert (code, out) == (2, "")
    assert 'make the first with "boxoffice user create-admin EMAIL"' in err
    run("user", "create-admin", "one@example.org", told=f"{PASSWORD}\n")
    run("user", "create-admin", "two@example.org", told=f"{PASSWORD}\n")
    assert "say whom it acts as" in run("token", "create", "x")[2]
    assert (
        'nobody has the address "three@x.org"'
        in run("token", "create", "x", "--user", "three@x.org")[2]
    )
    assert run("token", "create", "x", "--user", "one@example.org")[0] == 0
    assert "has one of that name" in run("token", "create", "x", "--user", "one@example.org")[2]
    code, out, err = run("token", "revoke", "999")
    assert (code, out) == (2, "")
    assert 'cannot revoke token 999: there is none; see "boxoffice token list"' in err


@pytest.mark.parametrize("days", ["0", "-1", "x", "4000"])
def test_days_are_checked(days: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run("token", "create", "x", "--days", days)
    assert end.value.code == 1
    assert "is no number of days" in capsys.readouterr().err
