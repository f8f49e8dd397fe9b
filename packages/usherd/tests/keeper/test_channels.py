"""Node's IPC channel and its cluster module, served by a real keeper to a real, unmodified Node."""

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import primary

pytestmark = pytest.mark.process

CLUSTER = {"mode": "cluster", "owner": "api"}
IPC = {"mode": "ipc", "owner": "api"}


class Node:
    """Starts Node programs under a keeper; they say what they have to say line by line."""

    def __init__(self, house: Any, binary: str) -> None:
        self.house = house
        self.binary = binary
        self.folder = house.home
        self.keeper = house.keeper()
        self.daemon = house.daemon()

    def start(
        self, code: str, run: str = "a", channel: dict[str, Any] = CLUSTER, **changes: Any
    ) -> dict[str, Any]:
        script = self.folder / f"{run}.js"
        script.write_text(code)
        script.chmod(0o644)
        spec = self.house.spec(self.binary, str(script), channel=channel, **changes)
        spec["env"] |= {"NODE_CHANNEL_SERIALIZATION_MODE": "json"}
        if channel is CLUSTER:
            spec["env"]["NODE_UNIQUE_ID"] = "1"
        spec["stdout"] = self.house.log(f"{run}.log")
        return self.daemon.start(run, spec)

    def heard(self, what: str, run: str = "a") -> dict[str, Any]:
        return self.daemon.wait("channel", run=run, what=what)

    def lines(self, run: str = "a") -> list[str]:
        return self.house.text(f"{run}.log").splitlines()


@pytest.fixture
def app(house: Any, each_node: str) -> Node:
    return Node(house, each_node)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(family: int, address: Any, wrap: Any = None) -> str:
    """Ask by HTTP/1.0 and return the body."""
    with socket.socket(family) as plain:
        plain.settimeout(10)
        plain.connect(address)
        with wrap(plain) if wrap else contextlib.nullcontext(plain) as stream:
            stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while got := stream.recv(4096):
                answer += got
    return answer.partition(b"\r\n\r\n")[2].decode()


OPENSSL = (
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    " -keyout key.pem -out cert.pem -subj /CN=localhost"
)

SERVE = """
const http = require('http');
const answer = (request, response) => response.end('pid ' + process.pid);
const serve = (...where) => http.createServer(answer).listen(...where);
"""


def test_a_program_without_cluster_talks_over_the_channel(app: Node) -> None:
    app.start(
        "process.on('message', m => { console.log(JSON.stringify(m));"
        " if (m === 'shutdown') process.exit(7) });"
        "process.send({type: 'process:msg', data: {n: 1}}); process.send('ready')",
        channel=IPC,
    )
    assert json.loads(app.heard("message")["line"]) == {"type": "process:msg", "data": {"n": 1}}
    assert app.heard("ready")["said"]["ready"] is True
    packet = {"type": "process:msg", "topic": "t", "data": ["ü", 2], "id": 0}
    app.daemon.ask("say", run="a", message=packet)
    app.daemon.ask("say", run="a", message="shutdown")
    assert app.daemon.wait("exited", run="a")["status"] == {"code": 7}
    assert [json.loads(line) for line in app.lines()] == [packet, "shutdown"]


def test_workers_share_ports_families_and_paths(app: Node, free_port: int, wait_until: Any) -> None:
    """Several servers of one worker: no host (both families), port 0, loopback, a Unix socket."""
    other = free_port + 1 if free_port < 65535 else free_port - 1
    code = (
        SERVE + f"serve({free_port}); serve(0, '127.0.0.1'); serve('rel.sock');"
        f"require('dgram').createSocket('udp4').bind({other}, '127.0.0.1')"
        ".on('message', function (m, from) { this.send('pong', from.port, from.address) })"
    )
    records = [app.start(code, run) for run in ("a", "b")]
    pids = {f"pid {record['pid']}" for record in records}

    def all_listen() -> dict[str, list[Any]] | None:
        for run in ("a", "b"):
            if len(said.get(run, [])) < 4:
                said[run] = app.heard("listening", run)["said"]["listening"]
        return said if all(len(each) == 4 for each in said.values()) else None

    said: dict[str, list[Any]] = {}
    where = wait_until(all_listen)
    chosen = {each["port"] for run in where.values() for each in run if each["address"]}
    assert free_port not in chosen
    shared = [port for port in chosen if port not in (-1, other)]
    assert len(shared) == 1, "port 0 is the same port for every worker"
    path = str(app.house.home / "rel.sock")
    held = [fds[0] for message, fds in app.daemon.held if message["what"] == "socket"]
    assert len(held) == 4
    assert not any(os.get_blocking(fd) for fd in held), "the slower of two would hang in accept"
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", free_port)),
        (socket.AF_INET6, ("::1", free_port)),
        (socket.AF_INET, ("127.0.0.1", shared[0])),
        (socket.AF_UNIX, path),
    ):
        assert get(family, address) in pids
    with socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.settimeout(10)
        asker.sendto(b"ping", ("127.0.0.1", other))
        assert asker.recv(16) == b"pong"


def test_https_and_exclusive(app: Node, free_port: int, tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", *OPENSSL.split()],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    code = (
        "const fs = require('fs'), https = require('https'), net = require('net');"
        f"const key = fs.readFileSync('{tmp_path}/key.pem');"
        f"const cert = fs.readFileSync('{tmp_path}/cert.pem');"
        "const answer = (request, response) => response.end('sealed');"
        f"https.createServer({{key, cert}}, answer).listen({free_port});"
        "net.createServer().listen({port: 0, exclusive: true}, () => console.log('own'))"
    )
    for run in ("a", "b"):
        app.start(code, run)
        app.heard("listening", run)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert get(socket.AF_INET, ("127.0.0.1", free_port), context.wrap_socket) == "sealed"
    sockets = app.daemon.hello()["sockets"]
    assert sockets == [f"api/node:None:{free_port}:4"], "an exclusive one is the worker's own"


def test_errors_reach_the_program_as_its_servers_error_event(app: Node, wait_until: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        attempts = [
            f"{{port: {port}, host: '127.0.0.1'}}",
            f"'{app.house.home}/none/x.sock'",
            f"'/{'x' * 200}'",
            "{fd: 99}",
        ]
        code = "const net = require('net');" + "".join(
            f"net.createServer().on('error', e => console.log({number}, e.code)).listen({where});"
            for number, where in enumerate(attempts)
        )
        app.start(code + "setInterval(() => {}, 1000)")
        lines = wait_until(lambda: len(app.lines()) == 4 and app.lines())
    assert sorted(lines) == ["0 EADDRINUSE", "1 ENOENT", "2 ENAMETOOLONG", "3 EBADF"]


def test_a_worker_cannot_listen_twice_on_a_port_but_again(
    app: Node, free_port: int, wait_until: Any
) -> None:
    code = (
        SERVE + f"const one = serve({free_port}, () => {{"
        f" const two = http.createServer(); two.on('error', e => {{ console.log(e.code);"
        "  one.close(() => one.listen(two.port, () => console.log('again')))});"
        f" two.port = {free_port}; two.listen({free_port}) }})"
    )
    record = app.start(code)
    assert wait_until(lambda: len(app.lines()) == 2 and app.lines()) == ["EADDRINUSE", "again"]
    assert get(socket.AF_INET, ("127.0.0.1", free_port)) == f"pid {record['pid']}"


def test_a_socket_of_the_definition_comes_before_one_of_its_own(app: Node, free_port: int) -> None:
    """What is declared is what a worker gets: by its port, or by the descriptor it was given."""
    address = {"host": "127.0.0.1", "port": free_port}
    asked = {"type": "stream", "backlog": 9, "reuse_port": False, "mode": 0, "address": address}
    _, fds = app.daemon.ask_fds("socket", key="api/http@here", **asked)
    os.close(fds[0])
    given = [{"key": "api/http@here", "name": "http"}]
    first = app.start(SERVE + f"serve({free_port})", "a", sockets=given)
    app.heard("listening", "a")
    assert get(socket.AF_INET, ("127.0.0.1", free_port)) == f"pid {first['pid']}"
    os.kill(first["pid"], signal.SIGKILL)
    app.daemon.wait("exited", run="a")
    second = app.start(SERVE + "serve({fd: 3})", "b", sockets=given)
    app.heard("listening", "b")
    assert get(socket.AF_INET, ("127.0.0.1", free_port)) == f"pid {second['pid']}"
    assert app.daemon.hello()["sockets"] == ["api/http@here"]


def test_disconnect_lets_a_worker_finish_what_it_has(app: Node, free_port: int) -> None:
    code = (
        "const http = require('http');"
        "http.createServer((q, r) => setTimeout(() => r.end('late'), 500))"
        f".listen({free_port})"
    )
    app.start(code)
    app.heard("listening")
    with socket.create_connection(("127.0.0.1", free_port), 10) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        # The request must have arrived: a second one is answered only after the first.
        assert get(socket.AF_INET, ("127.0.0.1", free_port)) == "late"
        client.sendall(b"")
        app.daemon.ask("disconnect", run="a")
        app.heard("disconnect")
        answer = b""
        while got := client.recv(4096):
            answer += got
    assert answer.endswith(b"late")
    assert app.daemon.wait("exited", run="a")["status"] == {"code": 0}


def test_a_worker_may_leave_by_itself(app: Node, free_port: int) -> None:
    code = SERVE + (
        f"const me = require('cluster').worker; serve({free_port}, () => me.disconnect());"
        "process.on('disconnect', () => console.log(me.exitedAfterDisconnect))"
    )
    app.start(code)
    app.heard("disconnect")
    app.daemon.wait("exited", run="a")
    assert app.lines() == ["true"]


def test_a_worker_listens_while_the_daemon_is_away(app: Node, free_port: int) -> None:
    code = (
        SERVE + f"process.stdin; setTimeout(() => serve({free_port}), 300); process.send('ready')"
    )
    record = app.start(code)
    app.daemon.close()
    daemon = app.house.daemon()
    said = daemon.held  # what the hello handed out says where things stand
    assert [message["what"] for message, _ in said].count("run") == 1
    if free_port not in [each["port"] for each in _said(daemon)["listening"]]:
        daemon.wait("channel", run="a", what="listening")
    assert get(socket.AF_INET, ("127.0.0.1", free_port)) == f"pid {record['pid']}"


def _said(daemon: Any) -> dict[str, Any]:
    records = [message["record"] for message, _ in daemon.held if message["what"] == "run"]
    return records[-1]["channel"]["said"]


def test_workers_outlive_the_keeper(app: Node, free_port: int, wait_until: Any) -> None:
    """Channel, sockets, and who has which: all of it is the next keeper's, who goes on."""
    code = SERVE + (
        f"serve({free_port});"
        f"process.on('message', m => serve(m.port, () => process.send({{type: 'done'}})))"
    )
    record = app.start(code)
    said = app.heard("listening")["said"]
    app.keeper.kill()
    app.keeper.wait()
    assert get(socket.AF_INET, ("127.0.0.1", free_port)) == f"pid {record['pid']}"

    held = app.daemon.held
    sockets = [pair for pair in held if pair[0]["what"] == "socket"]
    assert [message["key"] for message, _ in sockets] == [f"api/node:None:{free_port}:4"]
    app.house.keeper()
    successor = app.house.daemon()
    for message, fds in sockets:
        successor.ask("adopt-socket", fds, key=message["key"], record=message["record"])
    for message, fds in held:
        if message["what"] == "run":
            channel = {**message["record"]["channel"], "said": said}
            fields = {**message["record"], "opened": True, "channel": channel}
            successor.ask("adopt", fds, run="a", record=fields)
    successor.ask("resume")
    app.daemon.close()
    app.daemon = successor
    app.daemon.ask("say", run="a", message={"port": 0})
    assert json.loads(app.heard("message")["line"]) == {"type": "done"}
    app.start(SERVE + f"serve({free_port})", "b")
    assert app.heard("listening", "b")["said"]["handles"], "the socket is shared with a new worker"
    app.daemon.ask("disconnect", run="a")
    assert app.daemon.wait("exited", run="a")["status"] == {"code": 0}


def test_a_socket_is_closed_when_nobody_has_it_for_long(
    house: Any, node: str, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients queue during a restart, and are refused when there is none."""
    app = Node(house, node)
    record = app.start(SERVE + f"serve({free_port})")
    app.heard("listening")
    os.kill(record["pid"], signal.SIGKILL)
    app.daemon.wait("exited", run="a")
    with socket.create_connection(("127.0.0.1", free_port), 5) as queued:
        queued.sendall(b"GET / HTTP/1.0\r\n\r\n")
        second = app.start(SERVE + f"serve({free_port})", "b")
        assert b"pid %d" % second["pid"] in _all(queued)
    os.kill(second["pid"], signal.SIGKILL)
    app.daemon.wait("exited", run="b")
    app.daemon.channel.settimeout(primary.LINGER + 10)
    app.daemon.wait("socket-closed", key=f"api/node:None:{free_port}:4")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port), 5)


def _all(stream: socket.socket) -> bytes:
    answer = b""
    while got := stream.recv(4096):
        answer += got
    return answer


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run services as others")
def test_sockets_are_opened_with_the_rights_of_the_service(
    house: Any, node: str, wait_until: Any, tmp_path: Path
) -> None:
    """Neither a low port nor a path in a folder of others, although the keeper is root."""
    mine = Path("/tmp") / f"usher-node-{os.getpid()}"
    mine.mkdir(mode=0o777)
    mine.chmod(0o777)
    closed = mine / "closed"
    closed.mkdir(mode=0o755)
    app = Node(house, node)
    app.folder = mine
    code = (
        "const net = require('net'); for (const [n, w] of Object.entries({"
        f"low: 81, path: '{closed}/x.sock', ours: '{mine}/y.sock'}}))"
        "net.createServer().on('error', e => console.log(n, e.code))"
        ".on('listening', () => console.log(n, 'ok')).listen(w)"
    )
    user = {"uid": 65534, "gid": 65534, "groups": [65534], "cwd": "/"}
    with Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").open() as file:
        low = "low EACCES" if int(file.read()) > 81 else "low ok"
    try:
        app.start(code, **user)
        lines = wait_until(lambda: len(app.lines()) == 3 and app.lines())
        assert sorted(lines) == [low, "ours ok", "path EACCES"], app.house.text("err.log")
        assert (mine / "y.sock").stat().st_uid == 65534
    finally:
        shutil.rmtree(mine)


def test_a_program_that_talks_nonsense_hurts_nobody(house: Any, node: str) -> None:
    """Overlong, torn, nested and endless: the keeper answers on, and the run is judged as it is."""
    code = r"""
import json, os, socket, sys
wire = socket.socket(fileno=int(os.environ["NODE_CHANNEL_FD"]))
say = lambda text: wire.sendall(text.encode() + b"\n")
query = {"cmd": "NODE_CLUSTER", "act": "queryServer"}
for bad in ["x" * 300000, "[" * 60000, '{"a":' * 20000, "9" * 60000, "", "null", '"\\ud800"',
            json.dumps(query), json.dumps(query | {"seq": "x"}), json.dumps(query | {"seq": 1e400}),
            json.dumps(query | {"seq": 1, "addressType": -1, "address": "\ud800"}),
            json.dumps(query | {"seq": 2, "addressType": 4, "port": -1}),
            json.dumps(query | {"seq": 3, "addressType": {}, "port": 1}),
            json.dumps({"cmd": "NODE_CLUSTER", "act": "close", "key": []}),
            json.dumps({"cmd": "NODE_CLUSTER", "act": "listening", "address": "y" * 60000}),
            json.dumps({"cmd": "NODE_HANDLE_NACK"}), '{"type":' + '[' * 900 + ']' * 900 + '}']:
    say(bad)
for number in range(2000):
    say(json.dumps({"cmd": "NODE_CLUSTER", "act": "exitedAfterDisconnect", "seq": number}))
for number in range(3000):
    say('{"type":"flood"}')
say('"ready"')
wire.sendall(b'{"torn":')
sys.stdin.read()
"""
    house.keeper()
    daemon = house.daemon()
    spec = house.spec(sys.executable, "-c", code, channel=CLUSTER)
    daemon.start("a", spec)
    said = daemon.wait("channel", run="a", what="ready")["said"]
    assert len(said["listening"][0]["address"]) < 200
    floods = [each for each in daemon.told if each.get("what") == "message"]
    assert len(floods) < 1000, "messages are told at a bounded rate"
    assert daemon.ask("ping")["ok"]
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}, house.text("err.log")
