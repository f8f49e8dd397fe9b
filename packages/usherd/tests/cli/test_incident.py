"""usher incident and usher apply-prevention: what people do about an incident."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from usher.api.incidents import IncidentAct, IncidentList, PreventionPlan
from usher.api.types import Problem, Report
from usher.model.care import Act, Close, Finish, LookAfter, Prevent, Proposal, Setting
from usher.model.incident import Incident, Occurred

HANG = Incident(
    number=7,
    service="api",
    kind="hang",
    severity="major",
    occurred=Occurred(1_755_490_000.0),
    detected=1_755_490_010.0,
    rule="unhealthy",
    services=("api",),
)
LIMIT: dict[str, Setting] = {"memory.limit": "64M"}
DONE = Report(outcome="done", exit_code=0, result="", detail="INC-7: done", services=[], tails=[])


def plan(origin: str, *, pm2: bool = False, settings: dict[str, Setting] = LIMIT) -> PreventionPlan:
    found = [Proposal("prevent.limit", "limit", settings)] if settings else []
    return PreventionPlan(service="api", origin=origin, pm2=pm2, proposals=found)


@pytest.fixture(autouse=True)
def one(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon with one incident, and a locale of no language."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=[HANG]),
        "POST /v1/incidents/act": DONE,
        "GET /v1/prevention": plan("/nowhere/usher.toml:2"),
    }


def asked(daemon: Any) -> list[IncidentAct]:
    sent = [each for each in daemon.requests if each.method == "POST"]
    return [msgspec.json.decode(each.body, type=IncidentAct) for each in sent]


@pytest.mark.parametrize(
    ("words", "act"),
    [
        (["ack", "INC-7"], LookAfter()),
        (["ack", "7", "--note", "it is the database"], LookAfter("it is the database")),
        (["prevent", "latest", "read the log"], Prevent("read the log")),
        (
            ["prevent", "7", "a probe", "--kind", "probe", "--owner", "ops", "--due", "2026-12-01"],
            Prevent("a probe", "probe", "ops", "2026-12-01"),
        ),
        (["finish", "7", "2"], Finish(2)),
        (["close", "7"], Close()),
        (["close", "7", "--no-prevention", "a test"], Close("a test")),
    ],
)
def test_what_people_do_reaches_the_daemon(
    daemon: Any, usher: Any, words: list[str], act: Act
) -> None:
    done = usher("incident", *words)
    assert (done.code, done.out) == (0, "INC-7: done\n")
    assert asked(daemon) == [IncidentAct(incident="INC-7", act=act)]


def test_a_measure_without_words_is_what_usher_proposes(daemon: Any, usher: Any) -> None:
    assert usher("incident", "prevent", "7", "--owner", "ops", "--lang", "ko").code == 0
    (sent,) = asked(daemon)
    words = "메모리 한도: 다른 서비스의 메모리까지 차지하기 전에 교체합니다."
    assert sent.act == Prevent(words, "limit", "ops")


def test_where_usher_proposes_nothing_people_have_to_say_it(daemon: Any, usher: Any) -> None:
    daemon.answers["GET /v1/prevention"] = plan("/nowhere/usher.toml:2", settings={})
    done = usher("incident", "prevent", "7")
    assert done.code == 1
    assert "usher: cannot prevent INC-7: usher has no setting to propose" in done.err
    assert not asked(daemon)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["ack", "9"], "cannot ack incident '9': there is none of this number"),
        (["ack", "7", "now"], "cannot ack 'now': it takes one incident"),
        (["ack", "7", "--due", "2026-12-01"], "cannot use --due: only `incident prevent` takes it"),
        (["show", "7", "--no-prevention", "x"], "only `incident close` takes it"),
        (["finish", "7"], "cannot finish '': the number of a measure is missing"),
        (["finish", "7", "all"], "cannot finish 'all': the number of a measure is missing"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(
    daemon: Any, usher: Any, words: list[str], why: str
) -> None:
    done = usher("incident", *words)
    assert done.code == 1
    assert why in done.err
    assert not asked(daemon)


def test_a_refusal_of_the_daemon_is_told_with_what_to_do(daemon: Any, usher: Any) -> None:
    daemon.answers["POST /v1/incidents/act"] = Problem(
        error="cannot close INC-7: nothing prevents it from coming back",
        exit_code=1,
        hint="--no-prevention REASON",
    )
    done = usher("incident", "close", "7")
    assert done.code == 1
    assert "nothing prevents it from coming back\n  -> --no-prevention REASON" in done.err


@pytest.fixture
def file(home: Path, daemon: Any) -> Path:
    """The file that defines the app, in a folder of its own."""
    path = home / "usher.toml"
    path.write_text('[apps.api]\ncommand = ["sleep", "61"]\n')
    daemon.answers["GET /v1/prevention"] = plan(f"{path}:1")
    return path


def test_f4_5_the_change_is_a_diff_that_patch_takes(file: Path, usher: Any) -> None:
    done = usher("apply-prevention", "7")
    assert done.code == 0
    assert "A limit of memory" in done.err, "what it is good for is no part of the diff"
    assert '+[apps.api.memory]\n+limit = "64M"\n' in done.out
    head, *hunk = done.out.partition("@@")[2].splitlines()
    assert head == " -1,2 +1,5 @@", "of the whole file, which is short"
    new = [line[1:] for line in hunk if line[0] in " +"]
    before = file.read_text().splitlines()
    assert new == [*before, "", "[apps.api.memory]", 'limit = "64M"']


def test_f4_5_nothing_is_written(file: Path, usher: Any) -> None:
    before = file.read_text()
    told = json.loads(usher("apply-prevention", "7", "--json").out)
    assert told["settings"] == LIMIT
    assert told["diff"].startswith("--- usher.toml\n+++ usher.toml\n")
    assert file.read_text() == before


def test_what_cannot_be_changed_by_us_is_said_to_be_written_by_hand(
    daemon: Any, home: Path, usher: Any
) -> None:
    path = home / "ecosystem.config.js"
    path.write_text("module.exports = {apps: [{name: 'api', script: 'api.js'}]}\n")
    daemon.answers["GET /v1/prevention"] = plan(f"{path}:1", pm2=True)
    done = usher("apply-prevention", "7")
    assert f"Write this by hand into the definition of api ({path}):" in done.err
    assert json.loads(done.out) == {"usher": {"memory": {"limit": "64M"}}}


def test_a_table_that_is_there_in_another_form_is_left_to_people(file: Path, usher: Any) -> None:
    file.write_text('[apps.api]\ncommand = ["sleep", "61"]\nmemory = { limit = "1G" }\n')
    done = usher("apply-prevention", "7")
    assert json.loads(done.out) == {"memory": {"limit": "64M"}}


def test_there_may_be_nothing_to_change(daemon: Any, usher: Any) -> None:
    daemon.answers["GET /v1/prevention"] = plan("/nowhere/usher.toml:2", settings={})
    done = usher("apply-prevention", "7")
    assert (done.code, done.out) == (0, "")
    assert "usher has no setting to propose" in done.err
    daemon.answers["GET /v1/prevention"] = plan("")
    done = usher("apply-prevention", "7")
    assert done.code == 1
    assert "cannot change the definition of 'api': it is no app of this usher" in done.err
