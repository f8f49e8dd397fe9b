"""The five situations that usher was made for, their files told anew: each trap is found, and
nothing is said about the corrected files (acceptance 5)."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from usher.cli import checking
from usher.config.load import Choice, load

SITUATIONS: Final = Path(__file__).with_name("situations")

TRAPS: Final = {
    ("s0-api-cluster", "ecosystem.config.js", ""): {"budget.over", "port.probe_mismatch"},
    ("s1-three-files", "ecosystem.config.webserver.cjs", "api"): {
        "guard.role",
        "guard.dev_command_in_production",
    },
    ("s1-three-files", "ecosystem.config.webserver.cjs", "web"): {
        "guard.dev_command_in_production",
    },
    ("s2-sales-server", "ecosystem.config.js", ""): {
        "mode.environment_mixed",
        "orm.synchronize",
        "mode.watch_in_production",
        "mode.watch_changing_folder",
        "db.port_differs",
        "mode.cluster_of_one",
    },
    ("s3-next-server", "ecosystem.config.js", ""): {
        "port.probe_mismatch",
        "port.command_differs",
        "config.unknown_key",
    },
    ("s4-hosted-backend", "usher.toml", ""): {
        "port.probe_mismatch",
        "program.npm_script_missing",
    },
}
"""Situation, file, role of the host -> codes."""

RIGHT: Final = [
    ("s0-api-cluster", "ecosystem.config.js", ""),
    ("s1-three-files", "ecosystem.config.webserver.cjs", "web"),
    ("s1-three-files", "ecosystem.config.apiserver.cjs", "api"),
    ("s1-three-files", "ecosystem.config.local.cjs", "local"),
    ("s2-sales-server", "ecosystem.config.js", ""),
    ("s3-next-server", "ecosystem.config.js", ""),
    ("s4-hosted-backend", "usher.toml", ""),
]


def check(folder: Path, file: str, role: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    # Paths of PM2's files begin where the caller stands; nothing of the test's host comes along.
    monkeypatch.chdir(folder)
    for name in ("PORT", "NODE_ENV", "SERVER_TYPE"):
        monkeypatch.delenv(name, raising=False)
    loaded = load(Path(file), Choice(elsewhere=True))
    choice = checking.Choice(folder / "home", role=role, offline=True)
    found = checking.check(loaded, choice)
    assert all(finding.file for finding in found), found
    return {finding.code for finding in found}


def copied(situation: str, kind: str, tmp_path: Path) -> Path:
    folder = tmp_path / situation
    shutil.copytree(SITUATIONS / situation / kind, folder)
    return folder


@pytest.mark.parametrize(("situation", "file", "role"), TRAPS, ids=str)
def test_acceptance_5_each_trap_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, situation: str, file: str, role: str
) -> None:
    folder = copied(situation, "wrong", tmp_path)
    assert check(folder, file, role, monkeypatch) == TRAPS[situation, file, role]


@pytest.mark.parametrize(("situation", "file", "role"), RIGHT, ids=str)
def test_acceptance_5_nothing_is_said_about_corrected_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, situation: str, file: str, role: str
) -> None:
    folder = copied(situation, "right", tmp_path)
    assert check(folder, file, role, monkeypatch) == set()


def test_e11_all_five_are_listed_with_place_and_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied("s2-sales-server", "wrong", tmp_path)
    monkeypatch.chdir(folder)
    loaded = load(Path("ecosystem.config.js"), Choice(elsewhere=True))
    found = checking.check(loaded, checking.Choice(folder / "home", offline=True))
    places = {(finding.code, finding.line): finding for finding in found}
    for place, said in {
        ("mode.environment_mixed", 13): "NODE_ENV is 'development', and MODE is 'PROD'",
        ("mode.watch_changing_folder", 8): "'uploads'",
        ("mode.watch_in_production", 8): "MODE is 'PROD'",
        ("db.port_differs", 17): "DB_PORT is 1377, and ",
        ("orm.synchronize", 3): "'synchronize: true' in ",
    }.items():
        assert said in places[place].message
        assert places[place].file == "ecosystem.config.js"
        assert places[place].hint


def test_e9_cluster_of_one_proposes_the_safe_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied("s2-sales-server", "wrong", tmp_path)
    monkeypatch.chdir(folder)
    loaded = load(Path("ecosystem.config.js"), Choice(elsewhere=True))
    found = checking.check(loaded, checking.Choice(folder / "home", offline=True))
    (advice,) = [finding for finding in found if finding.code == "mode.cluster_of_one"]
    assert (advice.field, advice.line, advice.hint) == ("exec_mode", 7, "exec_mode: 'fork'")
    assert advice.severity == "warning"
