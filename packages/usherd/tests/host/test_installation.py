"""What is seen of usher's own installation, in folders and files of this test."""

import os
from pathlib import Path

import pytest

from usher.host import boot, installation, units
from usher.model.installation import Scheduled


def test_the_unit_that_startup_wrote_is_found(tmp_path: Path) -> None:
    described = boot.Boot("ops", "1", tmp_path, tmp_path / "home", "/bin", ("/usr/bin/python",))
    missing = installation.boot_unit("systemd", described, tmp_path)
    assert (missing.text, missing.enabled) == (None, False)
    (tmp_path / "usher-ops.service").write_text(units.systemd(described))
    installed = installation.boot_unit("systemd", described, tmp_path)
    assert installed.text == installed.expected
    assert not installed.enabled
    wants = tmp_path / "multi-user.target.wants"
    wants.mkdir()
    (wants / "usher-ops.service").symlink_to("../usher-ops.service")
    assert installation.boot_unit("systemd", described, tmp_path).enabled


@pytest.mark.parametrize("kind", units.TEXTS)
def test_no_init_system_has_us_here(kind: str, tmp_path: Path) -> None:
    described = boot.Boot("no-such-user-of-a-test", "1", tmp_path, tmp_path, "/bin", ("python",))
    assert not installation.boot_unit(kind, described).enabled


def test_entries_of_cron_come_with_the_scripts_that_they_name(tmp_path: Path) -> None:
    script = tmp_path / "health-check.sh"
    script.write_text("pm2 restart app\n")
    crond = tmp_path / "cron.d"
    crond.mkdir()
    (crond / "health").write_text(
        f"# */5 * * * * root {script}\nPATH=/bin\n*/5 * * * *  root {script} >> /dev/null\n"
    )
    daily = tmp_path / "cron.daily"
    daily.mkdir()
    (daily / "rotate").write_text("#!/bin/sh\n")
    crontab = tmp_path / "crontab"
    crontab.write_text("#!/bin/sh\necho '@reboot pm2 resurrect'\necho '0 3 * * * pm2 update'\n")
    spool = tmp_path / "crontabs"
    spool.mkdir()
    (spool / "ops").write_text("0 3 * * * pm2 update\n")
    crontab.chmod(0o700)
    files = [f"{crond}/*", f"{daily}/*", f"{spool}/*"]
    assert installation.scheduled(files, str(crontab)) == [
        Scheduled(
            f"{crond}/health",
            f"*/5 * * * * root {script} >> /dev/null",
            ((str(script), "pm2 restart app\n"),),
        ),
        Scheduled(str(daily), "rotate", ((f"{daily}/rotate", "#!/bin/sh\n"),)),
        Scheduled(f"{spool}/ops", "0 3 * * * pm2 update"),
        Scheduled("your crontab", "@reboot pm2 resurrect"),
    ]


def test_a_host_without_cron_has_no_entries(tmp_path: Path) -> None:
    assert installation.scheduled([f"{tmp_path}/*"], str(tmp_path / "no-crontab")) == []


def test_the_saved_list_is_read_by_name(tmp_path: Path) -> None:
    assert installation.saved_list(tmp_path) is None
    (tmp_path / "saved.json").write_text('{"services":[{"name":"a","argv":["x"]}],"up":["a"]}')
    saved = installation.saved_list(tmp_path)
    assert saved is not None
    assert (saved.known, saved.up) == (("a",), ("a",))


def test_the_limit_of_open_files_is_that_of_the_process() -> None:
    limit = installation.nofile_of(os.getpid())
    assert limit is None or limit >= 64
    assert installation.nofile_of(2**30) is None
