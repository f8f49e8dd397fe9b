"""Where a logout or a job would end usher, it says so: every kind of place that we know of."""

from pathlib import Path

import pytest

from usher.host.lifetime import end_of_keeper, sentence

USER = "/user.slice/user-1000.slice"

SAID: dict[str, tuple[str, dict[str, str], str]] = {
    "a login": (f"0::{USER}/session-7.scope\n", {}, "a logout may end usher"),
    "a terminal of a desktop": (
        f"0::{USER}/user@1000.service/app.slice/vte-spawn-1.scope\n",
        {},
        "the last logout of 'ann' ends usher",
    ),
    "a hybrid host": (
        f"4:memory:/x\n1:name=systemd:{USER}/session-c2.scope\n0::/\n",
        {},
        "a logout may end usher",
    ),
    "another service": (
        "0::/system.slice/actions.runner.service\n",
        {},
        "ended together with 'actions.runner.service'",
    ),
    "a CI job in a container": ("0::/\n", {"GITLAB_CI": "true", "CI": "true"}, "GitLab CI job"),
    "our own unit": ("0::/system.slice/usher-ann.service\n", {}, ""),
    "ssh without logind": ("0::/system.slice/ssh.service\n", {}, ""),
    "a cron job": ("0::/system.slice/cron.service\n", {}, ""),
    "a container": ("0::/\n", {"CI": ""}, ""),
    "a container of Docker": ("0::/system.slice/docker-4f.scope\n", {}, ""),
    "a host that hides it": ("", {}, ""),
    "rubbish": ("0\n::\n", {}, ""),
}


@pytest.mark.parametrize("place", SAID)
def test_what_is_said_where(place: str, tmp_path: Path) -> None:
    groups, env, expected = SAID[place]
    said = sentence(groups, env, "ann", tmp_path)
    assert (expected in said) if expected else said == ""
    assert "\n" not in said


def test_a_user_who_lingers_is_left_in_peace(tmp_path: Path) -> None:
    groups = f"0::{USER}/user@1000.service/app.slice/x.scope\n"
    (tmp_path / "ann").touch()
    assert sentence(groups, {}, "ann", tmp_path) == ""
    assert sentence(groups, {}, "bob", tmp_path)


def test_a_job_is_told_here_and_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "GitHub Actions" in end_of_keeper()
