"""What an init system gets: values of every kind, and nothing that ends a word early."""

import getpass
import plistlib
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from usher.host import boot, units

AWKWARD = Path('/srv/it\'s "50%" $HOME \\ back;semi')


def described(home: Path = AWKWARD) -> boot.Boot:
    return boot.boot_of(getpass.getuser(), home, "/opt/it's here/bin:/usr/bin:relative:/usr/bin")


def unquoted(text: str) -> list[str]:
    """Split an ExecStart line as systemd does: C escapes in quotes, %% and $$."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(text)]


def value(unit: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.splitlines() if line.partition("=")[0] == key]


def test_the_unit_says_what_was_decided() -> None:
    unit = units.systemd(described())
    for line in (
        "Type=notify", "NotifyAccess=all", "KillMode=process", "Restart=always",
        "RestartKillSignal=SIGKILL", f"User={getpass.getuser()}", "UMask=0077",
    ):  # fmt: skip
        assert line in unit.splitlines()
    assert "PIDFile" not in unit
    assert unquoted(value(unit, "ExecStart")[0]) == list(described().argv)
    environment = [unquoted(each)[0] for each in value(unit, "Environment")]
    assert environment == ["PATH=/opt/it's here/bin:/usr/bin", f"USHER_HOME={AWKWARD}"]


def test_words_reach_a_shell_script_whole() -> None:
    for kind in ("openrc", "sysv", "runit"):
        text = units.TEXTS[kind](described())
        done = subprocess.run(["sh", "-n"], input=text, text=True, check=False)
        assert done.returncode == 0, kind
        line = next(each for each in text.splitlines() if "USHER_HOME=" in each)
        script = f'{line}\nprintf %s "$USHER_HOME"'
        got = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
        assert got.stdout == str(AWKWARD)


def test_the_property_list_is_xml_with_the_same_words() -> None:
    boots = described(Path("/srv/<a>&b"))
    found = plistlib.loads(units.launchd(boots).encode())
    assert found["ProgramArguments"] == list(boots.argv)
    assert found["EnvironmentVariables"]["USHER_HOME"] == "/srv/<a>&b"


@pytest.mark.parametrize("name", ["", "a b", "../x", "a\nUser=root", "-x", "ü" * 3, "a" * 40])
def test_an_unusual_user_is_refused(name: str) -> None:
    with pytest.raises(boot.BootError, match="cannot name a service"):
        boot.boot_of(name)


def test_an_unknown_user_and_control_characters_are_refused() -> None:
    with pytest.raises(boot.BootError, match="cannot find user 'no-such-user'"):
        boot.boot_of("no-such-user")
    with pytest.raises(boot.BootError, match="control characters"):
        described(Path("/srv/a\nExecStartPre=/bin/evil"))


@pytest.mark.parametrize(
    ("marks", "kind"),
    [
        (["run/systemd/system", "sbin/openrc-run"], "systemd"),
        (["run/openrc", "usr/lib/systemd/systemd"], "openrc"),
        (["usr/lib/systemd/systemd"], "systemd"),
        (["etc/runit"], "runit"),
        (["Library/LaunchDaemons"], "launchd"),
        ([], "sysv"),
    ],
)
def test_the_running_init_system_counts_before_an_installed_one(
    tmp_path: Path, marks: list[str], kind: str
) -> None:
    for mark in marks:
        (tmp_path / mark).mkdir(parents=True)
    assert boot.detect(tmp_path) == kind


@pytest.mark.parametrize("kind", sorted(units.TEXTS))
def test_each_kind_says_how_it_is_enabled_and_undone(kind: str) -> None:
    user = getpass.getuser()
    assert f"usher-{user}" in str(units.target(kind, user))
    assert any(f"usher-{user}" in command for command in units.enabling(kind, user))
    assert any(command.startswith("rm ") for command in units.disabling(kind, user))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = tmp_path / f"usher-{getpass.getuser()}.service"
    file.write_text(units.systemd(boot.boot_of(getpass.getuser(), home)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert file.name not in done.stderr, done.stderr
