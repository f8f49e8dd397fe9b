"""`usher check`: every part answers, in every form; the exit code says what a start would do."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

import msgspec
import pytest

from usher.cli import check_parts, checking, parallel
from usher.cli.check_parts import Part
from usher.config.load import load
from usher.model.finding import Finding

GOOD = "[apps.api]\ncommand = 'sh -c \"sleep 60\"'\n"
DEV = "[apps.web]\ncommand = 'vite'\nenv = { NODE_ENV = 'production' }\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold a file of a good app, and a program `vite` on PATH."""
    folder = tmp_path / "app"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "vite").write_text("#!/bin/sh\n")
    (folder / "bin" / "vite").chmod(0o755)
    (folder / "usher.toml").write_text(GOOD)
    monkeypatch.setenv("PATH", f"{folder}/bin:/usr/bin:/bin")
    monkeypatch.setenv("USHER_HOME", str(tmp_path / "home"))
    return folder


@pytest.fixture
def check(
    folder: Path, usher: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Run `usher check` in the folder, on a file of this text."""
    monkeypatch.chdir(folder)

    def run(text: str, *words: str, verb: str = "check") -> Any:
        (folder / "usher.toml").write_text(text)
        return usher(verb, *words)

    return run


@pytest.fixture
def taken() -> Iterator[int]:
    """Listen on a port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a check have these parts only."""

    def have(*parts: Part) -> None:
        monkeypatch.setattr(check_parts, "PARTS", parts)

    return have


def answers(folder: Path, **choice: Any) -> list[checking.Answer]:
    asked = checking.Choice(folder / "home", **choice)
    return checking.answers(load(folder / "usher.toml"), asked)


def test_all_parts_answer(folder: Path) -> None:
    found = answers(folder)
    assert [answer.part for answer in found] == [part.name for part in check_parts.PARTS]
    assert checking.found_by(found) == []


def test_a_part_that_is_late_is_said(
    folder: Path, only: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(_asked: object) -> list[Any]:
        released.wait(30)
        return []

    only(Part("slow disks", hang), Part("the rest", lambda _asked: []))
    monkeypatch.setattr(checking, "PATIENCE", 0.2)
    late, good = answers(folder)
    released.set()
    assert [finding.code for finding in late.findings] == ["check.too_slow"]
    assert "slow disks" in late.findings[0].message
    assert good.findings == ()


def test_a_part_that_cannot_look_is_said(folder: Path, only: Callable[..., None]) -> None:
    def fail(_asked: object) -> list[Any]:
        raise PermissionError(13, "Permission denied")

    only(Part("processes", fail))
    (answer,) = answers(folder)
    (finding,) = answer.findings
    assert finding.code == "check.failed"
    assert finding.message == "cannot check processes: permission denied"


def test_for_another_host_nothing_is_asked_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E20: offline."""

    def refuse(*_anything: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    parts = [answer.part for answer in answers(folder, offline=True)]
    assert "ports" not in parts
    assert "running apps" not in parts
    assert "the role of the host" in parts


def test_all_at_once_takes_as_long_as_the_slowest(folder: Path, only: Callable[..., None]) -> None:
    begun = threading.Barrier(8, timeout=20)

    def meet(_asked: object) -> list[Any]:
        begun.wait()
        return []

    only(*(Part(f"part {number}", meet) for number in range(8)))
    since = time.monotonic()
    assert not checking.found_by(answers(folder))
    assert time.monotonic() - since < checking.PATIENCE


def test_nobody_is_waited_for_where_the_apps_belong_on_another_host(
    folder: Path, only: Callable[..., None]
) -> None:
    over = threading.Event()

    def hangs(_asked: object) -> list[Finding]:
        over.wait(60)
        return []

    def wrong(_asked: object) -> list[Finding]:
        return [Finding("wrong host", app="api", code="guard.role")]

    role = Part(check_parts.ROLE, wrong)
    only(Part("slow", hangs), role)
    hasty = checking.answers(
        load(folder / "usher.toml"), checking.Choice(folder / "home"), hasty=True
    )
    assert [answer.part for answer in hasty] == [check_parts.ROLE]
    only(Part("slow", lambda _asked: []), role)
    assert [answer.part for answer in answers(folder)] == ["slow", check_parts.ROLE]
    over.set()


def test_calls_at_once_keep_their_order_and_their_errors() -> None:
    begun = threading.Barrier(3, timeout=20)

    def meet(item: int) -> int:
        begun.wait()
        return item * 2

    assert parallel.each(meet, [1, 2, 3]) == [2, 4, 6]
    assert parallel.each(meet, []) == []
    active: list[int] = []

    def alone(item: int) -> int:
        active.append(item)
        assert len(active) == 1
        active.remove(item)
        return item

    assert parallel.each(alone, range(20), at_once=1) == [*range(20)]

    def fails(item: int) -> int:
        raise OSError(item, "no")

    with pytest.raises(OSError, match="no") as failed:
        parallel.each(fails, [7, 8])
    assert failed.value.errno == 7


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (GOOD, (), 0),
        (DEV, (), 0),
        (DEV, ("--strict",), 6),
        ("[apps.a]\ncommand = 'sh'\nenv = { PORT = 'TAKEN' }\n", (), 2),
        ("[apps.a]\ncommand = 'sh'\nenv = { PORT = 'TAKEN' }\n", ("--ci",), 0),
        ("[apps.a]\ncommand = 'nothing-like-it'\n", (), 1),
        ("[apps.a]\ncommand = 'nothing-like-it'\n", ("--ci",), 0),
    ],
)
def test_exit_codes(check: Any, taken: int, text: str, words: tuple[str, ...], code: int) -> None:
    assert check(text.replace("TAKEN", str(taken)), *words).code == code


def test_text_names_place_code_and_what_to_do(check: Any) -> None:
    ran = check(DEV)
    assert "usher.toml:2: warning: app 'web', command: 'vite' is for development, and " in ran.out
    assert "[guard.dev_command_in_production]\n  -> Build once" in ran.out
    assert ran.out.endswith("usher.toml: it can be used, but see above; apps: web\n")
    assert ran.err == ""


@pytest.mark.parametrize("text", [GOOD, DEV, "[apps.a]\ncomand = 'x'\n"])
def test_json_is_whole(check: Any, text: str) -> None:
    ran = check(text, "--json")
    said = json.loads(ran.out)
    assert (said["exit_code"], said["file"]) == (ran.code, "usher.toml")
    for finding in said["findings"]:
        assert {"code", "severity", "file", "line", "cause", "fix", "hint"} <= finding.keys()


def test_json_tells_what_the_file_looked_at_and_where_variables_come_from(
    usher: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLOR", "very-red")
    (home / "a.config.js").write_text(
        "module.exports = [{ name: 'a', script: 'sh', interpreter: 'none', "
        "env: { SHADE: process.env.COLOR, KEY: process.env.NOSUCHKEY }, env_live: { SHADE: 'x' } }]"
    )
    ran = usher("check", "a.config.js", "--env", "live", "--ci", "--json")
    said = json.loads(ran.out)
    assert {"name": "COLOR", "was_set": True} in said["reads"]
    assert {"name": "NOSUCHKEY", "was_set": False} in said["reads"]
    assert said["sources"]["a"]["SHADE"] == "env_live"
    assert "PATH" not in said["sources"]["a"]
    assert "very-red" not in ran.out


def test_junit_has_a_case_for_every_app_and_finding(check: Any, taken: int) -> None:
    ran = check(
        f"[apps.a]\ncommand = 'sh'\nenv = {{ PORT = '{taken}' }}\n[apps.b]\ncommand = 'sh'\n",
        "--junit",
    )
    suites = ElementTree.fromstring(ran.out)  # noqa: S314 (our own text)
    suite = suites[0]
    assert (suites.tag, suite.tag) == ("testsuites", "testsuite")
    assert suite.attrib["failures"] == "1"
    assert int(suite.attrib["tests"]) == len(suite) == 2
    failed, good = suite
    assert (failed.attrib["classname"], failed.attrib["name"]) == ("a", "port.taken env.PORT")
    assert failed[0].tag == "failure"
    assert failed[0].attrib["type"] == "port.taken"
    assert (good.attrib["classname"], len(good)) == ("b", 0)


# -- SARIF: the parts of the schema (OASIS, sarif-schema-2.1.0.json) that we write -----------------


class Strict(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """An object of the schema, of which each has `additionalProperties: false`."""


class Message(Strict):
    text: str


class Configuration(Strict):
    level: Literal["none", "note", "warning", "error"]


class Rule(Strict):
    id: str
    short_description: Message
    full_description: Message
    help: Message
    default_configuration: Configuration


class Driver(Strict):
    name: str
    semantic_version: str
    rules: list[Rule]


class Tool(Strict):
    driver: Driver


class Region(Strict):
    start_line: int


class Artifact(Strict):
    uri: str


class Physical(Strict):
    artifact_location: Artifact
    region: Region | None = None


class Location(Strict):
    physical_location: Physical


class Result(Strict):
    rule_id: str
    rule_index: int
    level: Literal["none", "note", "warning", "error"]
    message: Message
    locations: list[Location] = []


class Run(Strict):
    tool: Tool
    column_kind: Literal["utf16CodeUnits", "unicodeCodePoints"]
    results: list[Result]


class Log(Strict):
    version: Literal["2.1.0"]
    runs: list[Run]
    schema: str = msgspec.field(name="$schema")


@pytest.mark.parametrize("text", [GOOD, DEV, "[apps.a]\ncomand = 'x'\n"])
def test_sarif_keeps_to_the_schema(check: Any, text: str) -> None:
    ran = check(text, "--sarif")
    (run,) = msgspec.json.decode(ran.out, type=Log, strict=True).runs
    assert len({rule.id for rule in run.tool.driver.rules}) == len(run.tool.driver.rules)
    assert bool(run.results) == (text != GOOD)
    for result in run.results:
        assert run.tool.driver.rules[result.rule_index].id == result.rule_id
    places = [place.physical_location for result in run.results for place in result.locations]
    # Relative to the checkout: this is how code hosts find the file.
    assert {place.artifact_location.uri for place in places} <= {"usher.toml"}
    assert (2 in [place.region and place.region.start_line for place in places]) == (text != GOOD)


# -- a start -------------------------------------------------------------------------------------


def test_a_start_is_refused_with_every_finding(check: Any, folder: Path, taken: int) -> None:
    apps = "".join(
        f"[apps.{name}]\ncommand = 'sh'\nenv = {{ PORT = '{taken}' }}\n" for name in "ab"
    )
    ran = check(apps, verb="start")
    assert ran.code == 2
    assert "cannot start 'a', 'b': 4 findings are against it" in ran.err
    assert ran.err.count("[port.taken]") == 2
    assert ran.err.count("[port.shared]") == ran.err.count("[app.duplicate]") == 1
    assert not (folder.parent / "home").exists()


def test_a_single_finding_is_said_as_it_is(check: Any, taken: int) -> None:
    ran = check(f"[apps.a]\ncommand = 'sh'\nenv = {{ PORT = '{taken}' }}\n", verb="start")
    assert ran.code == 2
    assert f"cannot start 'a': port {taken} is taken by pid " in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--force",), "--force takes one CODE; what applies here: port.taken"),
        (("--force", "port.taken"), "cannot force without --reason TEXT"),
        (("--force", "port.tken", "--reason", "x"), "did you mean 'port.taken'?"),
        (("--force", "app.duplicate", "--reason", "x"), "this has to be mended"),
    ],
)
def test_force_takes_a_code_and_a_reason(
    check: Any, taken: int, words: tuple[str, ...], said: str
) -> None:
    text = f"[apps.a]\ncommand = 'sh'\nenv = {{ PORT = '{taken}' }}\n"
    ran = check(text, "usher.toml", *words, verb="start")
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(("port", "code"), [("TAKEN", 2), ("0", 0)])
def test_a_dry_run_ends_as_the_start_would(
    check: Any, folder: Path, taken: int, port: str, code: int
) -> None:
    port = port.replace("TAKEN", str(taken))
    text = f"[apps.a]\ncommand = 'sh -c x'\nenv = {{ PORT = '{port}', TOKEN = 's3cret' }}\n"
    ran = check(text, "--dry-run", "--json", verb="start")
    said = json.loads(ran.out)
    assert (ran.code, said["exit_code"]) == (code, code)
    assert "s3cret" not in ran.out + ran.err
    (app,) = said["apps"]
    assert app["argv"] == ["sh", "-c", "x"]
    assert app["cwd"] == str(folder)
    assert {"PORT", "TOKEN", "PATH"} <= {*app["env"]}
    assert [check["verdict"] for check in said["checks"]].count("refused") == (code // 2)
    assert not (folder.parent / "home").exists()
    for_people = check(text, "--dry-run", verb="start")
    assert for_people.code == code
    assert "s3cret" not in for_people.out + for_people.err


# -- CI ------------------------------------------------------------------------------------------

GUARD = """
[roles.web.match]
hostname = "webserver*"
[roles.api.match]
hostname = "apiserver*"
[files]
"web.json" = "web"
"""
WEB = '[{"name": "admin", "script": "npm", "args": "run start", "cwd": "/srv/not-here"}]'


@pytest.mark.parametrize(("role", "code"), [("api", 2), ("web", 0)])
def test_e20_the_wrong_role_fails_on_a_runner(
    check: Any, folder: Path, role: str, code: int
) -> None:
    (folder / "usher.guard.toml").write_text(GUARD)
    (folder / "web.json").write_text(WEB)
    words = ("web.json", "--ci", "--target", f"role={role}")
    sarif = check(GOOD, *words, "--sarif")
    (run,) = msgspec.json.decode(sarif.out, type=Log, strict=True).runs
    junit = check(GOOD, *words, "--junit")
    text = check(GOOD, *words)
    assert [sarif.code, junit.code, text.code] == [code] * 3
    wrong = ["guard.role"] if code else []
    assert [result.rule_id for result in run.results] == wrong
    assert ('<failure type="guard.role"' in junit.out) == bool(code)
    assert ("the app needs 'web'" in text.out) == bool(code)


def test_a1_13_without_its_own_files_a_guard_does_not_pass(check: Any, folder: Path) -> None:
    (folder / "web.json").write_text(WEB)
    ran = check(GOOD, "web.json", "--ci", "--target", "role=web")
    assert ran.code == 2
    assert "[guard.unknown_app]" in ran.out
    (folder / "usher.guard.toml").write_text(GUARD.replace("[files]", "[files"))
    assert check(GOOD, "web.json", "--ci", "--target", "role=web").code == 2
    assert check(GOOD, "no-such-file.json", "--ci", "--target", "role=web").code == 1


def test_without_a_target_a_runner_has_no_role(check: Any, folder: Path) -> None:
    (folder / "usher.guard.toml").write_text(GUARD)
    (folder / "web.json").write_text(WEB)
    ran = check(GOOD, "web.json", "--ci")
    assert ran.code == 2
    assert "--target role=ROLE" in ran.out
    for words in (("--target", "api"), ("--target", "role=")):
        assert check(GOOD, "web.json", *words).code == 1


def test_mistakes_in_an_alerts_file_are_found_where_they_stand(folder: Path, check: Any) -> None:
    alerts = folder / "usher.alerts.toml"
    alerts.write_text("[channels.ops]\nurl = 'slack://A/B/C'\ncolour = 'red'\n")
    alerts.chmod(0o600)
    ran = check(GOOD)
    assert ran.code == 1
    assert "usher.alerts.toml:3: channels.ops.colour: unknown key 'colour'" in ran.out
    assert "[config.unknown_key]" in ran.out
    assert "slack" not in ran.out
    assert check(GOOD, "--ci").code == 1
    (rule,) = json.loads(check(GOOD, "--sarif").out)["runs"][0]["results"]
    assert rule["ruleId"] == "config.unknown_key"

    alerts.write_text("[channels.ops]\nurl = 'slack://A/B/C'\n")
    assert check(GOOD).code == 0
    alerts.chmod(0o644)
    ran = check(GOOD)
    assert (ran.code, "others may read this file" in ran.out) == (0, True)
    alerts.chmod(0o666)
    assert "anybody may change this alerts file" in check(GOOD).out


def test_a_start_goes_on_although_nobody_can_be_told(folder: Path, check: Any) -> None:
    (folder / "usher.alerts.toml").write_text("channels = 7\n")
    assert check(GOOD, "--dry-run", verb="start").code == 0
