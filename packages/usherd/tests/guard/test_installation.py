"""What `usher doctor` says of each thing that it looked at: one row a case."""

from collections.abc import Sequence

import pytest

from usher.guard import installation as judge
from usher.guard.roles import HostRole, Sign
from usher.host import boot, units
from usher.model.finding import Finding
from usher.model.guard import Evidence, Rules, Source
from usher.model.installation import (
    App,
    BootUnit,
    Grade,
    Line,
    OtherManager,
    Processes,
    SavedList,
    Scheduled,
)

HOME = "/home/ops/.usher"
PYTHON = "/opt/usher/bin/python"
TEXT = f"""\
Environment="PATH=/usr/bin"
Environment="USHER_HOME={HOME}"
ExecStart="{PYTHON}" "-I" "keeper" "--home" "{HOME}"
"""
FILE = "/etc/systemd/system/usher-ops.service"


def told(lines: Sequence[Line]) -> list[tuple[str, Grade]]:
    return [(line.what, line.grade) for line in lines]


@pytest.mark.parametrize(
    ("text", "enabled", "grade", "found"),
    [
        (TEXT, True, "ok", "is enabled and starts this home"),
        (TEXT.replace("/usr/bin", "/another/shell/bin"), True, "ok", "starts this home"),
        (None, False, "warning", "nothing starts usher at boot"),
        (TEXT, False, "warning", "installed and not enabled"),
        (TEXT.replace(HOME, "/srv/usher"), True, "warning", "starts another home"),
        (TEXT.replace(PYTHON, "/old/python"), True, "warning", "starts another program"),
        (TEXT + "Restart=no\n", True, "warning", "not what this version would write"),
    ],
)
def test_a2_17_whether_the_boot_unit_is_installed_enabled_and_of_this_home(
    text: str | None, enabled: bool, grade: Grade, found: str
) -> None:
    unit = BootUnit("systemd", FILE, expected=TEXT, text=text, enabled=enabled)
    line = judge.judge_boot(unit, HOME, PYTHON)
    assert line.grade == grade
    assert found in line.found
    assert FILE in line.found
    assert bool(line.fix) == (grade != "ok")


def test_a2_17_what_startup_writes_is_what_doctor_expects() -> None:
    """For every init system: the text names home and program so that they can be compared."""
    made = boot.Boot("ops", "1000", boot.Path("/home/ops"), boot.Path(HOME), "/bin", (PYTHON, HOME))
    for kind, text in units.TEXTS.items():
        unit = BootUnit(kind, FILE, text(made), text(made._replace(path="/other")), enabled=True)
        assert judge.judge_boot(unit, HOME, PYTHON).grade == "ok", kind


ALIVE = Processes(
    daemon_pid=7, daemon_version="2", keeper_pid=6, keeper_version="2", nofile=1 << 20
)


@pytest.mark.parametrize(
    ("seen", "lines"),
    [
        (ALIVE, [("daemon", "ok"), ("keeper", "ok"), ("open files", "ok")]),
        (Processes(), [("daemon", "not-ready")]),
        (Processes(was_killed=True), [("daemon", "not-ready")]),
        (
            Processes(daemon_pid=7, daemon_version="1", safe_mode=True),
            [("daemon", "warning"), ("daemon", "not-ready"), ("keeper", "not-ready")],
        ),
        (
            Processes(
                daemon_pid=7,
                daemon_version="2",
                keeper_pid=6,
                keeper_version="1",
                end_of_keeper="a logout may end usher",
                nofile=1024,
            ),
            [
                ("daemon", "ok"),
                ("keeper", "warning"),
                ("life of the keeper", "warning"),
                ("open files", "warning"),
            ],
        ),
    ],
)
def test_a2_17_keeper_and_daemon_live_and_are_of_the_installed_version(
    seen: Processes, lines: list[tuple[str, Grade]]
) -> None:
    found = judge.judge_processes(seen, "2")
    assert told(found) == lines
    assert all(line.fix for line in found if line.grade != "ok")


def test_a_daemon_that_hung_is_told_until_somebody_deals_with_it() -> None:
    assert judge.judge_hang("") == []
    (line,) = judge.judge_hang("at 02:03: in match (usher/diagnosis/match.py:7)")
    assert line.grade == "warning"
    assert line.found.endswith("at 02:03: in match (usher/diagnosis/match.py:7)")
    assert "remove that file" in line.fix


ROLE_FILE = Evidence(Source("file", "/etc/usher/role"), ("api",), pinned=True)
PINNED = HostRole("known", "api", deciding=(Sign(ROLE_FILE, ("api",), ()),))
RULES = (Rules("/srv/usher.guard.toml"),)


@pytest.mark.parametrize(
    ("rules", "faults", "host", "lines"),
    [
        ((), (), HostRole("undeclared"), [("guard", "ok")]),
        (RULES, (), PINNED, [("guard", "ok"), ("role", "ok")]),
        (RULES, (), HostRole("unknown"), [("guard", "ok"), ("role", "refused")]),
        (RULES, (), HostRole("contradictory"), [("guard", "ok"), ("role", "refused")]),
        ((), (Finding("no table"),), HostRole("undeclared"), [("guard", "refused")]),
    ],
)
def test_a2_17_guard_and_role(
    rules: Sequence[Rules],
    faults: Sequence[Finding],
    host: HostRole,
    lines: list[tuple[str, Grade]],
) -> None:
    assert told(judge.judge_guard(rules, faults, host)) == lines


APPS = (App("api", ("node", "dist/main.js"), "/srv/api"), App("web", ("serve",), "/srv/web"))


@pytest.mark.parametrize(
    ("apps", "found"),
    [
        ((("api", ""),), "the same as usher: api"),
        ((("o4o-api", "/srv/api/dist/main.js"),), "the same as usher: api"),
        ((("other", "/srv/other.js"),), "runs 1 app beside usher"),
    ],
)
def test_a2_17_a_pm2_beside_us_and_one_that_a_boot_would_start(
    apps: tuple[tuple[str, str], ...], found: str
) -> None:
    (line,) = judge.judge_managers([OtherManager(9, "/home/ops/.pm2", apps)], (), APPS)
    assert found in line.found
    assert line.grade == "warning"
    assert told(judge.judge_managers([], ["pm2-ops.service"], APPS)) == [("PM2 at boot", "warning")]
    assert told(judge.judge_managers([], (), APPS)) == [("PM2", "ok")]


HEALTH_CHECK = "#!/bin/bash\n# pm2 restart was here\ncurl -f $URL || pm2 restart iamvet\n"


@pytest.mark.parametrize(
    ("entry", "command"),
    [
        (Scheduled("c", "*/5 * * * * /opt/h.sh", (("/opt/h.sh", HEALTH_CHECK),)), "pm2 restart ia"),
        (Scheduled("c", "0 3 * * * /usr/bin/pm2 reload all"), "pm2 reload all"),
        (Scheduled("c", "0 3 * * * usher restart api"), "usher restart api"),
        (Scheduled("c", "0 3 * * * systemctl restart api.service"), "systemctl restart api"),
        (Scheduled("c", "0 3 * * * pkill -f node"), "pkill -f node"),
        (Scheduled("c", "0 3 * * * systemctl restart nginx"), ""),
        (Scheduled("c", "0 3 * * * killall -HUP rsyslogd"), ""),
        (Scheduled("c", "0 3 * * * pm2 list > /tmp/pm2.txt"), ""),
        (Scheduled("c", "0 3 * * * /opt/b.sh", (("/opt/b.sh", "# pm2 restart all\n"),)), ""),
    ],
)
def test_a2_17_entries_of_cron_that_restart_the_same(entry: Scheduled, command: str) -> None:
    cron, timers = sorted(judge.judge_schedules([entry], APPS), key=lambda line: line.what)
    assert (cron.what, timers.what) == ("cron", "timers")
    assert cron.grade == ("warning" if command else "ok")
    assert command in cron.found
    assert timers.grade == "ok"


@pytest.mark.parametrize(
    ("line", "folder", "command"),
    [
        ("/usr/bin/pm2 restart api", "", "pm2 restart api"),
        ("/usr/bin/systemctl restart api.service", "", "systemctl restart api.service"),
        ("/usr/bin/systemctl try-restart nginx", "", ""),
        ("/usr/local/bin/usher reload api", "", "usher reload api"),
        ("/usr/bin/node /srv/api/dist/main.js", "", "/usr/bin/node /srv/api/dist/main.js"),
        (
            "/usr/bin/node --inspect dist/main.js",
            "/srv/api",
            "/usr/bin/node --inspect dist/main.js",
        ),
        ("NODE_ENV=x node ./dist/main.js", "/srv/api", "NODE_ENV=x node ./dist/main.js"),
        ("/bin/sh -c 'cd /srv/api && node dist/main.js'", "", "node dist/main.js"),
        ("/usr/bin/node dist/main.js", "/srv/other", ""),
        ("/usr/bin/node /srv/api/dist/migrate.js", "", ""),
        ("/usr/bin/tar cf /backup.tar /srv/api/dist/main.js", "", ""),
        ("/srv/jobs/nightly --quiet", "", "/srv/jobs/nightly --quiet"),
        ("/usr/bin/java -jar /srv/other.jar", "", ""),
    ],
)
def test_a2_17_timers_that_restart_or_start_the_same(line: str, folder: str, command: str) -> None:
    apps = (
        *APPS,
        App("nightly", ("/srv/jobs/nightly",), "/"),
        App("search", ("/usr/bin/java", "-jar", "search.jar"), "/srv/search"),
    )
    entry = Scheduled("nightly.timer", line, folder=folder, timer="nightly.timer")
    cron, timers = sorted(judge.judge_schedules([entry], apps), key=lambda line: line.what)
    assert (cron.grade, timers.grade) == ("ok", "warning" if command else "ok")
    if command:
        assert timers.found == f"nightly.timer: {line!r} runs {command!r}"
        assert timers.fix.startswith("systemctl disable --now nightly.timer: ")


@pytest.mark.parametrize(
    ("saved", "grade", "found"),
    [
        (None, "ok", "none"),
        (SavedList(("api", "web"), ("api",)), "ok", "the same"),
        (SavedList(("api", "web"), ("api", "web")), "warning", "web is saved as up and wanted"),
        (SavedList(("api",), ()), "warning", "api is wanted up and not saved so"),
        (SavedList(("api", "old"), ("api",)), "warning", "old is saved and unknown now"),
    ],
)
def test_a2_17_the_saved_list_against_what_is_wanted(
    saved: SavedList | None, grade: Grade, found: str
) -> None:
    line = judge.judge_saved(saved, ["api", "web"], ["api"])
    assert line.grade == grade
    assert found in line.found


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ((), "ok"),
        (("ok", "warning"), "warning"),
        (("refused", "warning", "ok"), "refused"),
        (("refused", "not-ready"), "not-ready"),
    ],
)
def test_the_worst_decides(grades: Sequence[Grade], expected: Grade) -> None:
    assert judge.worst(Line("x", grade, "y") for grade in grades) == expected
