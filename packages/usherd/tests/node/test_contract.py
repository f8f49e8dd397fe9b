"""What a program made for PM2 relies on: channel, environment, drain, and a manager that lasts."""

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.load import Load

from usher.client.errors import ProblemError

pytestmark = pytest.mark.process

SERVER = """
const http = require('http');
http.createServer((q, r) => r.end(String(process.pid))).listen(PORT);
"""


def test_killing_usher_under_load_loses_neither_a_worker_nor_a_request(
    house: Any, port: int, until: Callable[..., Any]
) -> None:
    house.program(SERVER.replace("PORT", str(port)))
    house.start({"instances": 2})
    usher, before = house.usher, house.usher.pids()
    with Load(port) as load:
        for victim in ("daemon", "keeper", "daemon", "keeper"):
            found = usher.ping()
            os.kill(found[victim]["pid"], signal.SIGKILL)
            until(lambda pid=found[victim]["pid"], who=victim: _is_back(usher, who, pid))
        usher("update")
        assert usher.pids() == before
        usher("reload", "app")
        usher("scale", "app", "3")
    assert not load.failures, load
    assert {str(pid) for pid in before.values()} < set(load.answers)


def _is_back(usher: Any, who: str, pid: int) -> bool:
    done = usher("ping", "--json", code=None)
    process = json.loads(done.stdout)[who] if done.returncode == 0 else None
    return process is not None and process["pid"] != pid


def test_messages_go_both_ways(house: Any, until: Callable[..., Any]) -> None:
    """PM2's process:msg and sendDataToProcessId."""
    house.program(
        "process.on('message', packet => process.send({type: 'process:msg', data: packet}));"
        "setInterval(() => {}, 1000);"
    )
    client = house.start({})
    packet = {"topic": "t", "data": {"n": [1, "ü"]}}
    events = client.events(follow=True)
    next(events)  # an old one: now we follow
    client.say(["app"], packet)
    said = next(event for event in events if event.event == "message")
    assert (said.service, said.slot) == ("app", 0)
    assert json.loads(said.detail) == {"type": "process:msg", "data": packet}
    assert "process:msg" not in (house.usher.home / "state" / "events.jsonl").read_text()
    house.usher("stop", "app")
    with pytest.raises(ProblemError, match="no process of it runs"):
        client.say(["app"], 1)


def test_wait_ready_waits_for_the_word(house: Any) -> None:
    house.program("setTimeout(() => process.send('ready'), 1500); setInterval(() => {}, 1000);")
    begun = time.monotonic()
    house.start({"wait_ready": True})
    assert time.monotonic() - begun > 1.5
    [ready] = [each for each in house.usher.events("app") if each["event"] == "ready"]
    assert ready["detail"].startswith("it said ready")


def test_what_never_says_ready_is_not_ready(house: Any) -> None:
    """PM2 shows it as online after three seconds."""
    house.program("setInterval(() => {}, 1000);")
    house.start({"wait_ready": True, "listen_timeout": 10000, "max_restarts": 1}, code=3)


def test_shutdown_with_message_is_a_word_and_no_signal(house: Any) -> None:
    house.program(
        "process.on('SIGINT', () => console.log('signal'));"
        "process.on('message', m => { if (m === 'shutdown') {"
        " console.log('word'); process.exit(0); } });"
    )
    house.start({"shutdown_with_message": True})
    house.usher("stop", "app")
    assert house.output() == "word\n"


def test_a_worker_with_a_handler_gets_its_signal_after_the_drain(house: Any, port: int) -> None:
    house.program(
        SERVER.replace("PORT", str(port)) + "setInterval(() => {}, 1000);"
        "process.on('disconnect', () => console.log('drained'));"
        "process.on('SIGINT', () => { console.log('signal'); process.exit(0); });"
    )
    house.start({"instances": 1, "exec_mode": "cluster"})
    house.usher("reload", "app")
    assert house.output() == "drained\nsignal\n"


def test_a_program_in_fork_mode_is_reloaded_in_place(house: Any, port: int) -> None:
    """It opens its port itself, so there cannot be two: for PM2, too, this is a restart."""
    house.program(SERVER.replace("PORT", str(port)))
    house.start({"exec_mode": "fork"})
    before = house.usher.pids()
    house.usher("reload", "app")
    assert house.usher.pids().keys() == before.keys()
    assert house.usher.pids() != before


def test_a_program_finds_what_pm2_gives_it(house: Any, until: Callable[..., Any]) -> None:
    names = ["NODE_APP_INSTANCE", "pm_id", "name", "namespace", "instances", "PORT", "status"]
    house.program(
        "const {isWorker, worker} = require('cluster');"
        f"const seen = {json.dumps(names)}.map(name => process.env[name] ?? null);"
        "console.log(JSON.stringify([isWorker, worker.id, require.main === module, ...seen]));"
        "setInterval(() => {}, 1000);"
    )
    env = {"PORT": 3000, "name": "mine"}
    house.start({"instances": 2, "increment_var": "PORT", "env": env})
    lines = until(lambda: len(found := house.output().split()) == 2 and sorted(found))
    assert [json.loads(line) for line in lines] == [
        [True, 1, True, "0", "0", "mine", "default", "2", "3000", None],
        [True, 2, True, "1", "1", "mine", "default", "2", "3001", None],
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.mjs", "import http from 'node:http'; export {};"),
        ("app.mts", "import http from 'node:http'; const one: number = 1; void one;"),
    ],
)
def test_modules_and_typescript_are_run_by_node_itself(
    house: Any, port: int, name: str, text: str
) -> None:
    """Node 24 strips types by itself; the interpreter is named, as PM2 would take bun."""
    house.program(text + f"http.createServer((q, r) => r.end('typed')).listen({port});", name)
    house.start({"script": name, "interpreter": "node", "exec_mode": "cluster", "instances": 2})
    with Load(port, clients=2) as load:
        house.usher("reload", "app")
    assert not load.failures, load
    assert set(load.answers) == {"typed"}


def test_an_error_points_into_the_source(house: Any) -> None:
    """Source maps are Node's business: a flag, and no wrapper that would get in between."""
    mapping = {"version": 3, "sources": ["origin.ts"], "names": [], "mappings": "AAAA"}
    house.program("throw new Error('x');\n//# sourceMappingURL=app.js.map")
    house.program(json.dumps(mapping), "app.js.map")
    house.start({"node_args": "--enable-source-maps", "autorestart": False}, code=4)
    [log] = (house.usher.folder / ".pm2" / "logs").glob("app-error*.log")
    assert "origin.ts:1" in log.read_text()
