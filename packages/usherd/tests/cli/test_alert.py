"""usher alert against a daemon that says what the test wants."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from usher.api.alerts import AlertStatus, ChannelStatus, TriedChannel, TriedChannels
from usher.model.alert import Alert, Mute
from usher.model.finding import Finding

Usher = Callable[..., Any]

ALERT = Alert(
    id="INC-7", rule="unhealthy", subject="api", kind="hang", severity="critical",
    evidence="no answer\x1b[2J", suggested="", first_seen=1.0, last_seen=2.0, state="ack",
)  # fmt: skip
GOOD = ChannelStatus(
    name="ops", kind="apprise", severity="minor", language="ko", waiting=0, failure="",
    failing_since=None, delivered=3.0,
)  # fmt: skip
BAD = replace(
    GOOD, name="hook", kind="webhook", waiting=2, failure="status 500", failing_since=4.0
)  # fmt: skip
NOTHING = AlertStatus(alerts=[], channels=[], mutes=[], quiet=False, files=[], findings=[])


@pytest.fixture
def status(daemon: Any) -> Callable[..., None]:
    def say(**changes: Any) -> None:
        daemon.answers["GET /v1/alerts"] = replace(NOTHING, **changes)

    return say


def test_nothing_is_open_and_nobody_is_told(
    usher: Usher, home: Path, status: Callable[..., None]
) -> None:
    status()
    ran = usher("alert")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "no trouble is open",
        "nobody is told: no usher.alerts.toml names a channel",
        f"  -> write one in {home} (docs/how-to/usher-be-told.md)",
    ]


def test_what_is_open_held_back_and_not_delivered(
    usher: Usher, status: Callable[..., None]
) -> None:
    status(
        alerts=[ALERT], channels=[GOOD, BAD, replace(GOOD, name="new", delivered=None)],
        mutes=[Mute("", 9.0), Mute("web", 9.0)], quiet=True,
    )  # fmt: skip
    ran = usher("alert", "list")
    assert ran.code == 6
    first, *others = ran.out.splitlines()
    assert first.startswith("critical  ")
    assert first.endswith("INC-7  api: no answer\\x1b[2J (looked after)")
    assert others[0].startswith("muted: all until ")
    assert others[1].startswith("muted: web until ")
    assert others[2] == "quiet hours: only what is urgent is told"
    assert others[3].startswith("ops              apprise  from minor  last accepted ")
    assert "2 waiting since " in others[4]
    assert others[4].endswith(": status 500")
    assert "usher alert test new" in others[5]


@pytest.mark.parametrize(("severity", "code"), [("error", 6), ("warning", 0)])
def test_a_mistake_in_the_file_is_named_with_its_place(
    usher: Usher, status: Callable[..., None], severity: Any, code: int
) -> None:
    finding = Finding("unknown key 'x'", file="/h/usher.alerts.toml", line=3, severity=severity)
    status(findings=[finding])
    ran = usher("alert", "list")
    assert ran.code == code
    assert "usher.alerts.toml:3" in ran.err
    said = json.loads(usher("alert", "list", "--json").out)
    assert (said["exit_code"], said["findings"][0]["line"]) == (code, 3)


def test_a_test_says_what_came_of_each_channel(daemon: Any, usher: Usher) -> None:
    tried = [TriedChannel(channel="ops", failure=""), TriedChannel(channel="b", failure="no\x1b")]
    daemon.answers["POST /v1/alerts/test"] = TriedChannels(channels=tried)
    ran = usher("alert", "test")
    assert (ran.code, ran.out) == (3, "ops: accepted\nb: no\\x1b\n")
    assert json.loads(usher("alert", "test", "ops", "--json").out)["exit_code"] == 3
    assert json.loads(daemon.requests[-1].body) == {"channels": ["ops"]}
    daemon.answers["POST /v1/alerts/test"] = TriedChannels(channels=tried[:1])
    assert usher("alert", "test").code == 0
    daemon.answers["POST /v1/alerts/test"] = TriedChannels(channels=[])
    ran = usher("alert", "test")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("usher: cannot test: there is no channel\n")


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (["mute"], "mute", {"service": "", "seconds": 3600.0}),
        (["mute", "api", "--for", "2h"], "mute", {"service": "api", "seconds": 7200.0}),
        (["unmute", "api"], "mute", {"service": "api", "seconds": 0.0}),
        (["unmute"], "mute", {"service": "", "seconds": 0.0}),
        (["ack", "INC-7"], "ack", {"alert": "INC-7"}),
    ],
    ids=str,
)
def test_what_is_asked(
    daemon: Any,
    usher: Usher,
    make_report: Callable[..., Any],
    words: list[str],
    path: str,
    body: dict[str, Any],
) -> None:
    report = make_report(detail="so it is").report
    daemon.answers[f"POST /v1/alerts/{path}"] = report
    ran = usher("alert", *words)
    assert (ran.code, ran.out) == (0, "so it is\n")
    assert json.loads(daemon.requests[-1].body) == body
    assert json.loads(usher("alert", *words, "--json").out)["exit_code"] == 0


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["ack"], "the alert is missing"),
        (["list", "--for", "2h"], "only mute takes it"),
        (["mute", "--for", "2"], "expected a duration with its unit"),
        (["shout"], "invalid choice"),
    ],
    ids=str,
)
def test_what_is_refused_before_anybody_is_asked(
    daemon: Any, usher: Usher, words: list[str], cause: str
) -> None:
    ran = usher("alert", *words)
    assert (ran.code, ran.out) == (1, "")
    assert cause in ran.err
    assert daemon.requests == []
