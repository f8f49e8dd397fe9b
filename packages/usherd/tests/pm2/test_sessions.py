"""Sessions as a user types them, answered by usher as PM2 answers them.

The answers were observed from the program PM2. `test_pm2_itself` plays the same sessions with it,
so that this file stays true when a release of PM2 changes its mind.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.process


class Step(NamedTuple):
    """One command: its exit code, texts that both streams hold, and counts in prettylist.

    Counts are waited for; `{folder}` and `{home}` stand for the project's and PM2's folder.
    """

    line: str
    code: int = 0
    out: Sequence[str] = ()
    err: Sequence[str] = ()
    counts: Mapping[str, int] = {}
    stdin: str = ""


ONLINE = "status: 'online'"
STOPPED = "status: 'stopped'"
ERRORED = "status: 'errored'"

SESSIONS: dict[str, list[Step]] = {
    "one script": [
        Step(
            "start echo.js",
            out=["Starting {folder}/echo.js in fork_mode (1 instance)", "Done.", "│ echo "],
            counts={ONLINE: 1, "restart_time: 0": 1, " name: 'echo'": 2, "pm_id: 0": 2},
        ),
        Step(
            "start echo.js",
            code=1,
            err=["[PM2][ERROR] Script already launched, add -f option to force re-execution"],
        ),
        Step(
            "restart echo",
            out=["Applying action restartProcessId on app [echo](ids: [ 0 ])", "[echo](0) ✓"],
            counts={"restart_time: 1": 1},
        ),
        Step("restart 0", out=["app [0](ids: [ '0' ])"], counts={"restart_time: 2": 1}),
        Step(
            "stop echo",
            out=["Applying action stopProcessId on app [echo](ids: [ 0 ])", "stopped"],
            counts={STOPPED: 1, ONLINE: 0},
        ),
        Step("pid echo", out=["0"]),
        Step(
            "start echo",
            out=["Process successfully started"],
            counts={ONLINE: 1, "restart_time: 2": 1},
        ),
        Step("reset echo", out=["Resetting meta for process id 0"], counts={"restart_time: 0": 1}),
        Step("id echo", out=["[ 0 ]"]),
        Step("id nosuch", out=["[]"]),
        Step("describe echo", out=["script path", "{folder}/echo.js", "fork_mode"]),
        Step("delete echo", out=["Applying action deleteProcessId"], counts={"pm_id": 0}),
        Step("delete echo", code=1, err=["[PM2][ERROR] Process or Namespace echo not found"]),
    ],
    "nothing there": [
        Step("list", out=["│ id │ name"]),
        Step("jlist", out=["[]"]),
        Step("prettylist", out=["[]"]),
        Step("ping", out=["{ msg: 'pong' }"]),
        Step("stop all", code=1, err=["[PM2][WARN] No process found"]),
        Step("restart nosuch", code=1, err=["[PM2][ERROR] Process or Namespace nosuch not found"]),
        Step("reset nosuch", code=1, err=["Unknown process name"]),
        Step("describe nosuch", code=1, err=["[PM2][WARN] nosuch doesn't exist"]),
        Step("scale nosuch 2", code=1, err=["[PM2][ERROR] Application nosuch not found"]),
        Step("start nosuch.js", code=1, err=["Script not found: {folder}/nosuch.js"]),
        Step("start", code=1, err=["File ecosystem.config.js not found"]),
        Step("restart nosuch.json", code=1, err=["File nosuch.json not found"]),
        Step("start idle.js --badopt", code=1, err=["error: unknown option `--badopt'"]),
        Step("nosuch", code=1, out=["usage: pm2"]),
        Step("", code=1, out=["usage: pm2"]),
        Step("sendSignal SIGUSR2 nosuch", code=1, err=["Unknown process name"]),
        Step("env 9", code=1, err=["Modules with id 9 not found"]),
        Step(
            "trigger nosuch action",
            code=1,
            err=["Not any process has received a command (offline or unexistent)"],
        ),
    ],
    "a file": [
        Step(
            "start two.json",
            out=["Applications one, many not running, starting...", "App [many] launched (2 inst"],
            counts={ONLINE: 3, "exec_mode: 'cluster_mode'": 2, "COLOR: 'red'": 2},
        ),
        Step(
            "restart two.json",
            out=["restartProcessId on app [many](ids: [ 1, 2 ])", "[many](1) ✓", "[many](2) ✓"],
            counts={"restart_time: 1": 3},
        ),
        Step("restart one --env production", code=1, err=["Using --env [env] without passing"]),
        Step("stop many", counts={ONLINE: 1, STOPPED: 2}),
        Step("start two.json --only many", counts={ONLINE: 3, "restart_time: 1": 3}),
        Step(
            "restart two.json --env production --only one",
            counts={"COLOR: 'blue'": 3, "COLOR: 'red'": 0, "restart_time: 2": 1},
        ),
        Step("stop two.json", out=["[one](0) ✓"], counts={STOPPED: 3}),
        Step("delete two.json", counts={"pm_id": 0}),
        Step("startOrRestart two.json --only one", counts={ONLINE: 1}),
        Step("startOrReload two.json --only one", counts={"restart_time: 1": 1}),
        Step(
            "start -",
            stdin='{"apps": [{"name": "piped", "script": "./idle.js"}]}',
            counts={" name: 'piped'": 2},
        ),
    ],
    "several instances": [
        Step(
            "start idle.js -i 2 --name app -- x -y",
            out=["in cluster_mode (2 instances)"],
            counts={ONLINE: 2, "NODE_APP_INSTANCE: 1": 1, "args: [ 'x', '-y' ]": 2},
        ),
        Step("scale app 4", out=["Scaling up application"], counts={ONLINE: 4}),
        Step("scale app 4", code=1, err=["[PM2][ERROR] Nothing to do"]),
        Step("scale app +1", counts={ONLINE: 5}),
        Step("scale app 2", out=["Applying action deleteProcessId"], counts={ONLINE: 2}),
        Step("restart app", counts={"restart_time: 1": 2}),
        Step("reload app", out=["Applying action reloadProcessId"], counts={"restart_time: 2": 2}),
        Step("stop /ap/", counts={STOPPED: 2}),
        Step("delete all", counts={"pm_id": 0}),
        Step("start loop.sh -i 2", counts={ONLINE: 2, "exec_mode: 'fork_mode'": 2}),
    ],
    "names, namespaces, scripts": [
        Step("start spaces.config.js", counts={"namespace: 'west'": 1, ONLINE: 2}),
        Step("stop west", out=["(ids: [ 0 ])"], counts={STOPPED: 1}),
        Step("start all", counts={ONLINE: 2}),
        Step("stop left nosuch right", code=1, counts={STOPPED: 1}),
        Step("delete /^r/", counts={" name: 'right'": 0}),
        Step("start idle.js echo.js --name both", counts={" name: 'both'": 4}),
        Step("id both", out=["[ 2, 3 ]"]),
        Step("stop both", counts={STOPPED: 3}),
        Step("start echo.js -f --name both", out=["Process successfully started"]),
        Step("start echo.js -f --name both", out=["Done."], counts={" name: 'both'": 6}),
        Step("restart echo.js", out=["on app [echo.js]"]),
        Step("start worker.py", counts={" name: 'worker'": 2}),
        Step("start 'sleep 60' --name nap", counts={" name: 'nap'": 2}),
    ],
    "crashes": [
        Step(
            "start throw.js",
            out=["Done."],
            counts={ERRORED: 1, "restart_time: 15": 1},
        ),
        Step("restart throw", counts={ERRORED: 1, "restart_time: 30": 1}),
        Step("start throw.js -f --name few --max-restarts 3", counts={"restart_time: 2,": 1}),
        Step(
            "start throw.js -f --name slow --restart-delay 30000",
            counts={"status: 'waiting restart'": 1},
        ),
        Step("start throw.js -f --name once --no-autorestart", counts={STOPPED: 1}),
    ],
    "environment": [
        Step("start idle.js --name app", counts={"FLAVOUR: 'sweet'": 2}),
        Step("set-variable FLAVOUR sour"),
        Step("restart app", counts={"FLAVOUR: 'sweet'": 2}),
        Step("restart app --update-env", counts={"FLAVOUR: 'sour'": 2}),
        Step("env 0", out=["FLAVOUR: sour"]),
        Step("set-variable FLAVOUR salty"),
        Step("reload app --update-env", counts={"FLAVOUR: 'salty'": 2}),
    ],
    "values of a file": [
        Step(
            "start ports.json",
            counts={"PORT: 4000": 2, "PORT: 4001": 2, "increment_var: 'PORT'": 2},
        ),
        Step("env 1", out=["PORT: 4001"]),
        Step("start all", counts={ONLINE: 2}),
        Step("logs ports --nostream --lines 1", out=["ports-out-0.log last 1 lines:"]),
        Step("sendSignal SIGUSR2 99", code=1, err=["99 id unknown"]),
        Step("start idle.js --interpreter nosuch", code=1, err=["nosuch is NOT AVAILABLE in PATH"]),
        Step(
            "start throw.js --exp-backoff-restart-delay 300",
            counts={"prev_restart_delay: 300": 1},
        ),
        Step("delete all", counts={"pm_id": 0}),
        Step("start all", code=1, err=["[PM2][WARN] No process found"]),
    ],
    "options of a restart": [
        Step("start idle.js", counts={ONLINE: 1}),
        Step(
            "restart idle --cron-restart '0 0 * * *'",
            out=["cron restart at 0 0 * * *"],
            counts={"cron_restart: '0 0 * * *'": 1},
        ),
        Step(
            "restart idle --cron-restart 0",
            out=["disabling cron restart"],
            counts={"cron_restart: 0,": 1},
        ),
        Step("restart idle --name shop", out=["[shop](0) ✓"], counts={" name: 'shop'": 2}),
        Step("restart shop --max-memory-restart 100M -- a b", counts={"args: [ 'a', 'b' ]": 1}),
        Step(
            "restart 0 --kill-timeout 500 --time --namespace west",
            counts={"kill_timeout: 500": 1, "max_memory_restart: 104857600": 1},
        ),
        Step("restart west", counts={"restart_time: 6": 1}),
        Step("reload shop --node-args=--no-warnings", counts={"[ '--no-warnings' ]": 1}),
    ],
    "saving": [
        Step("save", out=["PM2 is not managing any process, skipping save..."]),
        Step("start two.json", counts={ONLINE: 3}),
        Step("save", out=["Successfully saved in {home}/dump.pm2"]),
        Step("delete all", counts={"pm_id": 0}),
        Step(
            "resurrect",
            out=["Restoring processes located in {home}/dump.pm2", "echo.js restored"],
            counts={ONLINE: 3, "COLOR: 'red'": 2},
        ),
        Step("resurrect", counts={ONLINE: 3, "restart_time: 0": 3}),
        Step("cleardump", out=["Successfully created {home}/dump.pm2"]),
        Step("delete all", counts={"pm_id": 0}),
        Step("resurrect", counts={"pm_id": 0}),
    ],
    "readiness and signals": [
        Step("start ready.js --wait-ready", counts={ONLINE: 1, "wait_ready: true": 1}),
        Step("start signals.js", counts={ONLINE: 2}),
        Step(
            "sendSignal SIGUSR2 signals",
            out=["successfully sent signal SIGUSR2 to process name signals"],
        ),
        Step("sendSignal NOSUCH signals", code=1, err=["Unknown signal: NOSUCH"]),
        Step("stop signals", counts={STOPPED: 1}),
        Step(
            "logs signals --nostream --lines 5", out=["signals-out.log last 5 lines:", "got SIGI"]
        ),
        Step("flush", out=["Logs flushed"]),
        Step("reloadLogs", out=["All logs reloaded"]),
        Step("flush", out=["Flushing {home}/pm2.log", "Logs flushed"]),
    ],
    "standard input": [
        Step("start reader.js", counts={ONLINE: 1}),
        Step("send 0 'two words'", counts={ONLINE: 1}),
        Step("send 7 x", code=1, err=["[PM2][ERROR] Error: Process with ID <7> unknown."]),
        Step("stop 0", counts={STOPPED: 1}),
        Step("logs 0 --nostream --lines 3", out=['read "two words\\n"']),
        Step("send 0 x", code=1, err=["Error: Process with ID <0> offline."]),
        Step("start idle.js -i 1", counts={ONLINE: 1}),
        Step("send 1 x", code=1, err=["Error: Cannot send line to processes in cluster mode"]),
        Step("sendSignal SIGUSR2 reader", out=["successfully sent signal SIGUSR2"]),
        Step("start cat", counts={ONLINE: 2}),
    ],
    "everything at once": [
        Step("start signals.js", counts={ONLINE: 1}),
        Step("start signals.js -f --name more", counts={ONLINE: 2}),
        Step(
            "sendSignal SIGUSR2 all", out=["successfully sent signal SIGUSR2 to process name all"]
        ),
        Step("logs --nostream --lines 5", out=["{home}/pm2.log last 5 lines:", "PM2        | "]),
        Step("resurrect", err=["No processes saved; DUMP file doesn't exist"]),
        Step("nosuch", code=1, out=["[PM2][ERROR] Command not found"]),
    ],
    "places": [
        Step("set-variable PM2_DUMP_FILE_PATH {folder}/kept.json"),
        Step("set-variable PM2_DEFAULT_LOG_PATH {folder}/lines"),
        Step("set-variable PM2_DEFAULT_PID_PATH {folder}/numbers"),
        Step(
            "start echo.js",
            counts={
                "pm_out_log_path: '{folder}/lines/echo-out.log'": 1,
                "pm_pid_path: '{folder}/numbers/echo-0.pid'": 1,
            },
        ),
        Step("save", out=["Successfully saved in {folder}/kept.json"]),
        Step("delete all", counts={"pm_id": 0}),
        Step("resurrect", counts={ONLINE: 1}),
    ],
    "compiled sources": [
        Step("start compiled/main.js --no-autorestart", counts={STOPPED: 1}),
        Step("logs main --err --nostream --lines 9", out=["compiled/main.ts:5:3"]),
        Step(
            "start compiled/main.js -f --no-autorestart --disable-source-map-support --name plain",
            counts={STOPPED: 2},
        ),
        Step("logs plain --err --nostream --lines 9", out=["compiled/main.js:3:11"]),
    ],
    "an instance's own number": [
        Step("start numbered.json", counts={"NUMBER: 0": 1, "NUMBER: 1": 1}),
        Step("describe 0", out=["entire log path", "{folder}/all-0.log"]),
        Step("set-variable FLAVOUR bitter"),
        Step("describe 0", out=["Divergent env variables from local env", "FLAVOUR"]),
    ],
    "settings": [
        Step("set shop:open 9", out=["Module: shop", "$ pm2 set shop:open 9"]),
        Step("get shop:open", out=["Value for module shop key open: 9"]),
        Step("multiset 'shop:close 18 bar:open 20'"),
        Step("get", out=["$ pm2 set bar:open 20", "$ pm2 set shop:close 18"]),
        Step("unset shop:open"),
        Step("get nosuch", code=1),
        Step("conf", out=["shop:close 18"]),
    ],
}


LOGGED = [
    "PM2 log: App [throw:0] starting in -fork mode-",
    "PM2 log: App [throw:0] online",
    "PM2 log: App [throw:0] exited with code [1] via signal [SIGINT]",
    "throw.js had too many unstable restarts",
]


def logs_what_happens(run) -> None:
    run("start throw.js --max-restarts 2")
    run.until_counted(ERRORED, 1)
    log = (run.home / "pm2.log").read_text()
    for text in LOGGED:
        assert text in log


def play(run, steps: list[Step]) -> None:
    """Type a session and compare every answer."""
    run.env["FLAVOUR"] = "sweet"
    places = {"folder": run.folder, "home": run.home}
    for step in steps:
        if step.line.startswith("set-variable"):
            _, name, value = step.line.split()
            run.env[name] = _placed(value, places)
            continue
        done = run(step.line, stdin=step.stdin)
        said = f"pm2 {step.line}\n{done.out}\n{done.err}"
        assert done.code == step.code, said
        for text in step.out:
            assert _placed(text, places) in done.out, said
        for text in step.err:
            assert _placed(text, places) in done.err, said
        for text, expected in step.counts.items():
            run.until_counted(_placed(text, places), expected)


def _placed(text: str, places: Mapping[str, object]) -> str:
    for name, place in places.items():
        text = text.replace(f"{{{name}}}", str(place))
    return text


@pytest.mark.parametrize("name", SESSIONS)
def test_usher(name: str, pm2) -> None:
    play(pm2, SESSIONS[name])


def test_the_log_of_usher(pm2) -> None:
    logs_what_happens(pm2)


@pytest.mark.debian
def test_the_log_of_pm2_itself(real_pm2) -> None:
    logs_what_happens(real_pm2)


@pytest.mark.debian
@pytest.mark.parametrize("name", SESSIONS)
def test_pm2_itself(name: str, real_pm2) -> None:
    play(real_pm2, SESSIONS[name])
