"""The gate: what it reads anew each time, what it remembers, and what it never passes over."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from usher.config.outline import outline
from usher.model.guard import AppRule, Override, Place, RoleMatch, Rules
from usher.model.spec import ServiceSpec
from usher.runtime.gate import Gate, Known
from usher.runtime.keeper_channel import KeeperGoneError

GUARD = """
[roles.api.match]
env = { USHER_TEST_ROLE = "api" }
[roles.web.match]
env = { USHER_TEST_ROLE = "web" }
[files]
"web.json" = "web"
"api.json" = "api"
[apps]
api = "api"
"""


class Team:
    """A checkout with a guard, and a gate that has programs run by nobody but this test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        (self.home / "state").mkdir(parents=True)
        self.known: list[Known] = []
        self.read = 0
        self.gate = self.new_gate()
        for name in ("api", "web"):
            (folder / f"{name}.py").write_text("")
            app = {"name": name, "script": f"{name}.py", "interpreter": "none"}
            (folder / f"{name}.py").chmod(0o755)
            (folder / f"{name}.json").write_text(json.dumps({"apps": [app]}))
        self.guard(GUARD)

    def new_gate(self) -> Gate:
        return Gate(self.home, lambda: self.known, self._run)

    def guard(self, text: str) -> None:
        (self.folder / "usher.guard.toml").write_text(text)

    def spec(self, name: str, file: str, **fields: Any) -> Known:
        argv = (f"{self.folder}/{fields.pop('script', name)}.py",)
        origin = f"{self.folder}/{file}:3"
        return Known(ServiceSpec(name, argv, str(self.folder), origin=origin, **fields), {})

    async def codes(self, *asked: Known, now: float = 0.0) -> list[str]:
        return [finding.code for finding in await self.gate.judge(asked, now)]

    async def _run(self, argv: list[str], **options: Any) -> Mapping[str, object]:
        """Do in this process what the keeper has done apart."""
        self.read += 1
        assert options["timeout"] <= 10
        os.chdir(options["cwd"])
        return {"output": f"noise\n{msgspec.json.encode(outline(argv[-1])).decode()}\n"}


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USHER_TEST_ROLE", "api")
    return Team(tmp_path)


async def test_rules_and_evidence_are_those_of_now(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, web = team.spec("api", "api.json"), team.spec("web", "web.json")
    assert await team.codes(api) == []
    assert await team.codes(web) == ["guard.role"]
    assert await team.codes(api, web) == ["guard.role"]
    monkeypatch.setenv("USHER_TEST_ROLE", "web")
    assert await team.codes(api, web) == ["guard.role"]
    assert await team.codes(web) == []
    team.guard(GUARD.replace('api = "api"', 'api = "web"'))
    assert await team.codes(api) == ["guard.app_contradiction"]


async def test_bound_files_are_read_apart_and_again_when_they_change(team: Team) -> None:
    copied = team.spec("mine", "mine.json", script="web")
    assert await team.codes(copied) == ["guard.role"]
    read = team.read
    assert await team.codes(copied) == ["guard.role"]
    assert team.read == read
    (team.folder / "web.json").write_text(json.dumps({"apps": []}))
    assert await team.codes(copied) == ["guard.unknown_app"]
    (team.folder / "web.json").unlink()
    assert await team.codes(copied) == ["guard.unknown_app"]


async def test_without_a_keeper_nothing_is_taken_for_allowed(team: Team) -> None:
    async def gone(*_: Any, **__: Any) -> Mapping[str, object]:
        raise KeeperGoneError

    gate = Gate(team.home, list, gone)
    with pytest.raises(KeeperGoneError):
        await gate.found([team.spec("api", "api.json")])


async def test_o_04_a_guard_file_that_is_gone_or_damaged(team: Team) -> None:
    api = team.spec("api", "api.json")
    assert await team.codes(api) == []
    (team.folder / "usher.guard.toml").unlink()
    team.gate = team.new_gate()
    assert await team.codes(api) == ["guard.missing"]
    # Nor does it help to move the app to where no guard is.
    moved = Known(ServiceSpec("api", ("/bin/true",), "/", origin="/nowhere/api.json:1"), {})
    assert await team.codes(moved) == ["guard.missing"]
    team.guard("[roles")
    assert await team.codes(api) == ["guard.unreadable"]
    team.guard(GUARD)
    assert await team.codes(api) == []


async def test_the_guard_of_a_folder_above_and_of_the_file_itself(team: Team) -> None:
    deep = team.folder / "a" / "b"
    deep.mkdir(parents=True)
    inside = Known(ServiceSpec("web", ("/bin/true",), str(deep)), {})
    assert await team.codes(inside) == ["guard.unknown_app"]

    own = Rules(
        source="/elsewhere/app.json",
        roles={"web": RoleMatch(file=(Place(str(team.folder / "role")),))},
        apps=(AppRule("own", ("web",)),),
    )
    (team.folder / "role").write_text("web")
    spec = ServiceSpec("own", ("/bin/true",), "/", origin="/elsewhere/app.json:1", guard=own)
    assert await team.codes(Known(spec, {})) == []
    (team.folder / "role").write_text("api")
    assert await team.codes(Known(spec, {})) == ["guard.unknown_role"]


async def test_a1_04_a_pinned_role_wins_over_the_variable(team: Team) -> None:
    (team.home / "role").write_text("web\n")
    codes = await team.codes(team.spec("web", "web.json"))
    assert codes == ["guard.contrary_evidence"]
    assert await team.gate.refusals(team.spec("web", "web.json"), 0.0) == ()
    (team.home / "role").chmod(0o666)
    assert await team.codes(team.spec("web", "web.json")) == ["guard.contradiction"]


async def test_e2_overrides_hold_until_their_time(team: Team) -> None:
    web = team.spec("web", "web.json")
    team.gate.grant([Override("web", "guard.role", 0.0, 100.0, "uid 0", "x")], 0.0)
    assert await team.codes(web, now=99.0) == []
    assert await team.codes(web, now=100.0) == ["guard.role"]
    team.gate = team.new_gate()
    assert await team.codes(web, now=99.0) == []


async def test_apps_beside_show_what_a_file_holds(team: Team) -> None:
    team.guard(GUARD.replace('api = "api"', 'admin = "web"'))
    new = team.spec("new", "api.json", script="new")
    assert await team.codes(new) == []
    team.known = [team.spec("admin", "api.json", script="admin")]
    assert await team.codes(new) == ["guard.unknown_app"]


async def test_nothing_declared_is_no_guard_and_nothing_is_run(team: Team) -> None:
    (team.folder / "usher.guard.toml").unlink()
    assert await team.codes(team.spec("api", "api.json"), team.spec("web", "web.json")) == []
    assert team.read == 0


async def test_a_word_that_can_be_no_file_is_no_script(team: Team) -> None:
    word = "x" * 5000
    spec = ServiceSpec("api", ("/bin/echo", word), str(team.folder))
    assert await team.codes(Known(spec, {})) == []


async def test_a_script_that_is_hidden_from_us_counts_as_one(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, look = str(team.folder / "hidden.py"), os.stat

    def hide(path: Any, **options: Any) -> os.stat_result:
        if path == script:
            raise PermissionError
        return look(path, **options)

    monkeypatch.setattr(os, "stat", hide)
    spec = ServiceSpec("other", ("/usr/bin/python3", script), "/")
    assert await team.codes(Known(spec, {})) == ["guard.unknown_app"]
