"""`usher.alerts.toml`: what it may say, what is wrong with it, and which file counts."""

import os
from pathlib import Path

import pytest

from usher.config.alerts_file import find, join, read_bytes, read_file
from usher.config.guard_file import read_bytes as read_guard
from usher.config.load import ConfigError, load
from usher.model.alert import AlertPlan, Apprise, Channel, Command, Given, Quiet, Webhook
from usher.model.finding import Finding

WHOLE = """
language = "ko"
repeat = ["30m", "6h"]
quiet = { begin = "22:00", end = "07:30", urgent = "major" }
digest = "09:05"

[channels.ops]
url = "slack://TokenA/TokenB/TokenC"

[channels.hook]
webhook = { file = "secrets/hook" }
secret = { env = "HOOK_SECRET" }
severity = "critical"
language = "en"

[channels.mail]
url = { command = "get-secret mail" }

[channels.page]
command = ["/usr/local/bin/page", "--team", "a b"]
"""


def test_everything_that_may_stand_there() -> None:
    part = read_bytes("/srv/usher.alerts.toml", WHOLE.encode())
    assert part.findings == ()
    plan = join([part]).plan
    assert plan == AlertPlan(
        channels=(
            Channel("ops", Apprise(Given("text", ("slack://TokenA/TokenB/TokenC",))),
                    language="ko"),
            Channel("hook", Webhook(Given("file", ("/srv/secrets/hook",)),
                                    Given("env", ("HOOK_SECRET",))), "critical", "en"),
            Channel("mail", Apprise(Given("command", ("get-secret", "mail"))), language="ko"),
            Channel("page", Command(("/usr/local/bin/page", "--team", "a b")), language="ko"),
        ),
        repeat=(1800.0, 21600.0),
        quiet=Quiet(22 * 60, 7 * 60 + 30, "major"),
        digest=9 * 60 + 5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("langage = 'ko'", 1, "unknown key 'langage'"),
        ("\nlanguage = 'fr'", 2, "cannot use 'fr': expected 'ko' or 'en'"),
        ("digest = '24:00'", 1, "cannot use '24:00': expected a time of day such as '09:30'"),
        ("quiet = { begin = '22:00' }", 1, "the key 'end' is missing"),
        ("repeat = []", 1, "there is no pause in it"),
        ("repeat = ['30']", 1, "cannot use '30': expected a duration above zero"),
        ("[channels.a]", 1, "expected one of url, webhook and command, found none"),
        ("[channels.a]\nurl = 'x://y'\ncommand = 'z'", 1, "found url and command"),
        ("[channels.a]\nurl = 'x://y'\nsecret = 's'", 3, "only a webhook is signed"),
        ("[channels.a]\nurl = 'hunter2'", 2, "expected an address such as"),
        ("[channels.a]\nwebhook = 'slack://hunter2'", 2, "cannot use an address of scheme 'slack'"),
        ("[channels.a]\nwebhook = 'https:///hunter2'", 2, "it names no host"),
        ("[channels.a]\nwebhook = 'https://h/hun ter2'", 2, "it holds a blank"),
        ("[channels.a]\nwebhook = 'https://u:hunter2@h/'", 2, "a user name or a password"),
        ("[channels.a]\nwebhook = { file = 'a', env = 'B' }", 2, "expected exactly one of"),
        ("[channels.a]\nwebhook = { command = '' }", 2, "there is no command in it"),
        ("[channels.a]\ncommand = 'a | b'", 2, "'|' means something to a shell only"),
        ("[channels.a]\ncommand = 'x'\nseverity = 'high'", 3, "cannot use 'high'"),
        ("[channels.'a b']\ncommand = 'x'", 1, "cannot use 'a b': expected a name"),
        ("a = ", 1, "cannot parse TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_shows_no_secret(
    text: str, line: int, message: str
) -> None:
    part = read_bytes("/srv/usher.alerts.toml", text.encode())
    assert [each.line for each in part.findings] == [line]
    assert message in part.findings[0].message
    assert "hunter2" not in str(part.findings[0])
    assert part.channels == ()


def test_who_looks_for_it_elsewhere_is_told_where_it_stands(tmp_path: Path) -> None:
    (refused,) = read_guard("/srv/usher.guard.toml", b"[alerts]\ncommand = 'x'")
    assert isinstance(refused, Finding)
    assert (refused.line, refused.hint) == (1, "usher.alerts.toml")
    config = tmp_path / "usher.toml"
    config.write_text("[alerts]\ncommand = 'x'\n[apps.a]\ncommand = 'x'\n")
    with pytest.raises(ConfigError) as refusal:
        load(config)
    assert "usher.alerts.toml" in refusal.value.findings[0].hint


def put(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "usher.alerts.toml"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_files_add_up_and_the_first_that_says_something_holds(tmp_path: Path) -> None:
    host, app = tmp_path / "host", tmp_path / "app"
    host.mkdir()
    app.mkdir()
    put(host, "digest = '00:00'\n[channels.a]\ncommand = 'x'")
    put(app, "digest = '09:00'\nrepeat = ['1h']\n[channels.a]\ncommand = 'y'\n"
             "[channels.b]\ncommand = 'z'")  # fmt: skip
    found = find([str(host), str(app), str(app), str(tmp_path)])
    assert (found.plan.digest, found.plan.repeat) == (0, (3600.0,))
    assert [each.way for each in found.plan.channels] == [Command(("x",)), Command(("z",))]
    (finding,) = found.findings
    assert "another file has a channel 'a' already" in finding.message
    assert len(found.files) == 2


def test_a_file_with_a_mistake_is_left_out_and_others_are_not(tmp_path: Path) -> None:
    put(tmp_path, "[channels.a]\ncommand = 'x'\nwrong = 1")
    good = tmp_path / "good"
    good.mkdir()
    put(good, "[channels.b]\ncommand = 'x'")
    found = find([str(tmp_path), str(good)])
    assert [each.name for each in found.plan.channels] == ["b"]
    assert [each.severity for each in found.findings] == ["error"]


def test_what_others_may_change_says_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "[channels.a]\ncommand = 'x'", 0o602)
    part = read_file(path)
    assert part is not None
    assert part.channels == ()
    assert "anybody may change this alerts file" in part.findings[0].message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_another_user_says_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "[channels.a]\ncommand = 'x'")
    os.chown(path, 1000, -1)
    part = read_file(path)
    assert part is not None
    assert part.channels == ()
    assert "it belongs to another user (uid 1000)" in part.findings[0].message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[channels.a]\nurl = 'slack://a/b/c'", True),
        ("[channels.a]\nwebhook = { env = 'A' }\nsecret = 's'", True),
        ("[channels.a]\nwebhook = { env = 'A' }", False),
        ("[channels.a]\ncommand = 'x'", False),
    ],
)
def test_an_address_that_others_may_read_is_warned_of(
    tmp_path: Path, text: str, told: bool
) -> None:
    part = read_file(put(tmp_path, text, 0o644))
    assert part is not None
    assert len(part.channels) == 1
    assert [each.severity for each in part.findings] == ["warning"] * told


def test_no_file_is_nobody_told(tmp_path: Path) -> None:
    found = find([str(tmp_path)])
    assert (found.plan, found.files, found.findings) == (AlertPlan(), (), ())
