"""What timers of systemd run, read from files of this test."""

from pathlib import Path

import pytest

from usher.host import timers
from usher.model.installation import Scheduled


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """What an administrator wrote, and what packages brought."""
    made = [tmp_path / "etc", tmp_path / "lib"]
    for folder in made:
        folder.mkdir()
    return made


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join((*lines, "")))


def enable(folder: Path, name: str, of: str = "timers.target.wants") -> None:
    (folder / of).mkdir(exist_ok=True)
    (folder / of / name).symlink_to(folder / name)


def commands(folders: list[Path]) -> list[str]:
    return [each.line for each in timers.timers(folders)]


def test_the_service_of_a_timer_comes_with_the_scripts_that_it_names(
    folders: list[Path], tmp_path: Path
) -> None:
    script = tmp_path / "health-check.sh"
    script.write_text("pm2 restart app\n")
    etc = folders[0]
    write(etc / "health.timer", "[Timer]", "OnCalendar=*:0/5")
    write(
        etc / "health.service",
        "[Service]",
        "# ExecStart=/bin/true",
        "WorkingDirectory=-/srv/app",
        f"ExecStart=-/bin/sh {script} \\",
        "    --quiet",
    )
    enable(etc, "health.timer")
    assert timers.timers(folders) == [
        Scheduled(
            "health.timer",
            f"/bin/sh {script} --quiet",
            ((str(script), "pm2 restart app\n"),),
            folder="/srv/app",
            timer="health.timer",
        )
    ]


def test_only_what_is_enabled_runs(folders: list[Path]) -> None:
    etc = folders[0]
    for name in ("one", "other"):
        write(etc / f"{name}.timer", "[Timer]", "OnBootSec=5min")
        write(etc / f"{name}.service", "[Service]", f"ExecStart=/opt/{name}")
    assert commands(folders) == []
    enable(etc, "one.timer", "multi-user.target.requires")
    assert commands(folders) == ["/opt/one"]


def test_another_unit_may_be_named_and_have_several_commands(folders: list[Path]) -> None:
    etc, lib = folders
    write(lib / "nightly.timer", "[Timer]", "Unit=worker.service", "OnCalendar=daily")
    write(
        lib / "worker.service",
        "[Service]",
        "ExecStartPre=+/opt/before",
        "ExecStart=/opt/first",
        "ExecStart=/opt/second",
    )
    enable(lib, "nightly.timer")
    assert commands(folders) == ["/opt/before", "/opt/first", "/opt/second"]
    write(etc / "worker.service.d" / "10-mine.conf", "[Service]", "ExecStart=", "ExecStart=/opt/x")
    assert commands(folders) == ["/opt/before", "/opt/x"]
    write(etc / "worker.service", "[Service]", "ExecStart=/opt/mine")
    assert commands(folders) == ["/opt/x"]


def test_a_masked_timer_runs_nothing(folders: list[Path]) -> None:
    etc, lib = folders
    write(lib / "nightly.timer", "[Timer]", "OnCalendar=daily")
    write(lib / "nightly.service", "[Service]", "ExecStart=/opt/nightly")
    enable(lib, "nightly.timer")
    assert commands(folders) == ["/opt/nightly"]
    (etc / "nightly.timer").symlink_to("/dev/null")
    assert commands(folders) == []


def test_a_template_runs_for_each_instance(folders: list[Path]) -> None:
    etc = folders[0]
    write(etc / "restart@.timer", "[Timer]", "OnCalendar=daily")
    write(etc / "restart@.service", "[Service]", "ExecStart=/usr/bin/pm2 restart %i")
    for app in ("api", "web"):
        (etc / "timers.target.wants").mkdir(exist_ok=True)
        (etc / "timers.target.wants" / f"restart@{app}.timer").symlink_to(etc / "restart@.timer")
    assert commands(folders) == ["/usr/bin/pm2 restart api", "/usr/bin/pm2 restart web"]


def test_a_host_without_systemd_has_no_timers(tmp_path: Path) -> None:
    assert timers.timers([tmp_path / "none"]) == []


def test_what_is_no_unit_is_passed_over(folders: list[Path]) -> None:
    etc = folders[0]
    enable(etc, "gone.timer")
    write(etc / "odd.timer", "not a setting", "[Timer", "OnCalendar=daily")
    (etc / "odd.service").write_bytes(b"\xff\0ExecStart=/opt/\xff\n=\nExecStart")
    enable(etc, "odd.timer")
    assert commands(folders) == []
