"""What usher deliberately does otherwise than PM2 (docs/reference/pm2-differences.md)."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

SECRETS = {
    "API_TOKEN": "hunter2hunter2",
    "DATABASE_URL": "postgres://shop:opensesame@db/shop",
    "UPSTREAM": "https://shop:opensesame@example.org/",
}


def test_jlist_is_json_whatever_the_state(pm2) -> None:
    assert json.loads(pm2("jlist").out) == []
    pm2("start idle.js")
    assert [each["name"] for each in json.loads(pm2("jlist").out)] == ["idle"]
    pm2("kill")
    assert json.loads(pm2("jlist").out) == []


def test_no_output_and_no_dump_holds_a_secret(pm2) -> None:
    pm2.env |= SECRETS
    pm2("start idle.js --name shop")
    pm2("save")
    said = "".join(
        pm2(line).out
        for line in ("jlist", "prettylist", "env 0", "describe shop", "report", "list")
    )
    said += (pm2.home / "dump.pm2").read_text()

    for secret in ("hunter2", "opensesame"):
        assert secret not in said
    assert all(name in said for name in SECRETS)


def test_a_secret_comes_back_with_resurrect(pm2) -> None:
    pm2.env |= SECRETS
    pm2("start idle.js --name shop")
    pm2("save")
    pm2("kill")
    for name in SECRETS:
        del pm2.env[name]

    pm2("resurrect")

    (row,) = json.loads(pm2("jlist").out)
    environment = subprocess.run(
        ["/bin/cat", f"/proc/{row['pid']}/environ"], capture_output=True, check=True
    ).stdout
    assert b"API_TOKEN=hunter2hunter2" in environment


def test_what_a_file_no_longer_sets_is_gone_and_what_the_shell_gave_stays(pm2) -> None:
    app = {"name": "shop", "script": "./idle.js", "env": {"OLD": "1", "KEPT": "2"}}
    file = pm2.folder / "shop.json"
    file.write_text(json.dumps({"apps": [app]}))
    pm2.env["FLAVOUR"] = "sweet"
    pm2("start shop.json")
    app["env"] = {"KEPT": "3", "NEW": "4"}
    file.write_text(json.dumps({"apps": [app]}))
    pm2.env["FLAVOUR"] = "sour"

    pm2("restart shop.json")
    pm2.until_counted("KEPT: '3'", 2)

    (row,) = json.loads(pm2("jlist").out)
    env = row["pm2_env"]["env"]
    assert {name: env.get(name) for name in ("OLD", "KEPT", "NEW", "FLAVOUR")} == {
        "OLD": None,
        "KEPT": "3",
        "NEW": "4",
        "FLAVOUR": "sweet",
    }

    pm2("restart shop.json --update-env")
    pm2.until_counted("FLAVOUR: 'sour'", 2)


def test_what_the_file_sets_wins_over_the_shell(pm2) -> None:
    app = {"name": "shop", "script": "./idle.js", "env": {"KEPT": "file"}}
    (pm2.folder / "shop.json").write_text(json.dumps({"apps": [app]}))
    pm2("start shop.json")
    pm2.env |= {"KEPT": "shell", "FRESH": "shell"}

    pm2("restart shop --update-env")

    pm2.until_counted("FRESH: 'shell'", 2)
    assert pm2.count("KEPT: 'file'") == 2


def test_one_bad_app_does_not_hold_up_the_others(pm2) -> None:
    apps = [{"name": "bad", "script": "./nosuch.js"}, {"name": "good", "script": "./idle.js"}]
    (pm2.folder / "both.json").write_text(json.dumps({"apps": apps}))

    done = pm2("start both.json")

    assert done.code == 1
    assert "Script not found" in done.err
    assert pm2.count(" name: 'good'") == 2


def test_commands_that_are_not_there_name_another_way(pm2) -> None:
    for line in ("link a b", "pull app", "install some-module", "deploy production"):
        done = pm2(line)
        assert (done.code, done.out) == (1, ""), line
        assert "usher" in done.err, line
    assert pm2("install pm2-logrotate").code == 0


def test_a_setting_without_effect_is_told(pm2) -> None:
    done = pm2("set pm2-logrotate:max_size huge")

    assert done.code == 0
    assert "cannot use pm2-logrotate:max_size 'huge'; '10M' holds" in done.err


def test_watching_is_turned_on_and_off(pm2) -> None:
    pm2("start idle.js")

    pm2("restart idle --watch")
    pm2.until_counted("watch: true", 1)
    pm2("restart idle --watch")
    pm2.until_counted("watch: true", 0)


def test_one_fewer(pm2) -> None:
    pm2("start idle.js -i 3")

    assert pm2("scale idle -1").code == 0
    pm2.until_counted("status: 'online'", 2)


def test_a_broken_release_leaves_the_old_processes_as_they_are(pm2) -> None:
    pm2("start idle.js -i 2")
    subprocess.run(
        [sys.executable, "-m", "usher.main", "wait", "idle", "--for", "ready"],
        env=pm2.env,
        capture_output=True,
        check=True,
    )
    before = pm2("pid idle").out
    (pm2.folder / "idle.js").write_text("throw new Error('broken release');")

    done = pm2("reload idle")

    assert done.code == 1
    assert "broken release" in done.err
    assert pm2("pid idle").out == before


def test_logs_go_on_until_the_reader_has_enough(pm2) -> None:
    pm2("start echo.js")
    reader = subprocess.Popen(
        [*pm2.program, "logs", "echo", "--lines", "0", "--json"],
        cwd=pm2.folder,
        env=pm2.env,
        stdout=subprocess.PIPE,
    )
    try:
        assert reader.stdout is not None
        record = json.loads(reader.stdout.readline())
    finally:
        reader.terminate()
        reader.communicate()

    assert record["app_name"] == "echo"
    assert record["message"] in ("tick", "tock")
    assert record["type"] == {"tick": "out", "tock": "err"}[record["message"]]
