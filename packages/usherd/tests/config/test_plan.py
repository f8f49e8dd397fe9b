"""What a good file becomes."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from usher.model.spec import (
    AliveFor,
    Dependency,
    NotifyReady,
    Plan,
    ProbeReady,
    RestartPolicy,
    ServiceSpec,
    SocketSpec,
    StopPolicy,
    TcpAddress,
    UnixAddress,
)
from usher.model.target import CommandTarget, HttpTarget, ListenTarget, TcpTarget

Service = Callable[[str], ServiceSpec]


def test_the_least_there_is(service: Service, folder: Path) -> None:
    built = service("command = 'serve --port 80'")
    assert built == ServiceSpec(
        name="api",
        argv=("serve", "--port", "80"),
        cwd=str(folder),
        env=built.env,
        origin=f"{folder}/usher.toml:1",
    )


def test_the_environment(service: Service, folder: Path, caller: dict[str, str]) -> None:
    (folder / "one.env").write_text("A=file\nB=file\n")
    (folder / "two.env").write_text("B=second\nC='kept'\n")
    built = service(
        "command = 'serve'\nenv_file = ['one.env', 'two.env']\n"
        "env = {A = 'own', N = 1, F = 1.5, T = true}"
    )
    assert built.env == {
        "PATH": caller["PATH"],
        "HOME": caller["HOME"],
        "LC_ALL": "C",
        "PYTHONUNBUFFERED": "1",
        "A": "own",
        "B": "second",
        "C": "kept",
        "N": "1",
        "F": "1.5",
        "T": "true",
    }


def test_further_variables_of_the_caller_are_named(service: Service) -> None:
    env = service("command = 'serve'\nenv_inherit = ['SECRET', 'NOT_SET']").env
    assert env["SECRET"] == "s3cret"
    assert "NOT_SET" not in env


@pytest.mark.parametrize(
    ("keys", "argv"),
    [
        ("command = ['serve', 'a b', '|']", ("serve", "a b", "|")),
        ("command = \"serve 'a | b' x&y\"", ("serve", "a | b", "x&y")),
        ("script = 'run.py'", ("python3", "{folder}/run.py")),
        ("script = 'run.py'\nargs = 'a \"b c\"'", ("python3", "{folder}/run.py", "a", "b c")),
        ("script = 'run.py'\ninterpreter = 'ruby'", ("ruby", "{folder}/run.py")),
        ("script = 'serve'\nargs = ['x']", ("{folder}/bin/serve", "x")),
    ],
)
def test_commands(keys: str, argv: tuple[str, ...], service: Service, folder: Path) -> None:
    assert service(keys).argv == tuple(word.format(folder=folder) for word in argv)


@pytest.mark.parametrize(
    ("keys", "address"),
    [
        ("ready.http = 'http://h:1/x'", HttpTarget("http://h:1/x")),
        (
            "ready = {http = 'http://h/', status = 204, host = 'a'}",
            HttpTarget("http://h/", (204, 204), "a"),
        ),
        (
            "ready = {http = '/x', status = [200, 299]}\nprobe_socket = true",
            HttpTarget("/x", (200, 299)),
        ),
        (
            "ready.http = '/x'\nsockets = [{name = 'a', listen = '0.0.0.0:80'}]",
            HttpTarget("http://127.0.0.1:80/x"),
        ),
        (
            "ready.http = '/x'\nsockets = [{name = 'a', listen = '[::1]:80'}]",
            HttpTarget("http://[::1]:80/x"),
        ),
        ("ready.tcp = 'db:5432'", TcpTarget("db:5432")),
        ("ready.listen = true", ListenTarget()),
        ("ready.listen = 80", ListenTarget(80)),
        ("ready.command = 'serve --check'", CommandTarget(("serve", "--check"))),
    ],
)
def test_readiness_by_asking(keys: str, address: object, service: Service) -> None:
    proof = service(f"command = 'serve'\n{keys}").ready.proof
    assert isinstance(proof, ProbeReady)
    assert proof.probe.target == address


def test_readiness_without_asking(service: Service) -> None:
    assert service("command = 'serve'").ready.proof == AliveFor(1.0)
    assert service("command = 'serve'\nready.alive_for = '3s'").ready.proof == AliveFor(3.0)
    notified = service("command = 'serve'\nready = {notify = true, timeout = '2m'}").ready
    assert (notified.proof, notified.timeout) == (NotifyReady(), 120.0)


def test_probes(service: Service) -> None:
    built = service(
        "command = 'serve'\ninstances = 2\nprobe_socket = true\n"
        "probes.own = {http = '/x', interval = '1s', timeout = '2s', fail = 5, pass = 4}\n"
        "probes.front = {http = 'http://h/'}\n"
        "probes.db = {tcp = 'db:1', scope = 'dependency', confirm_interval = '500ms'}"
    )
    own, front, db = built.probes
    assert (own.scope, own.interval, own.timeout, own.failures, own.passes) == ("self", 1, 2, 5, 4)
    assert front.scope == "edge"
    assert (db.scope, db.confirm_interval) == ("dependency", 0.5)


def test_what_a_restart_does_not_cure_has_another_scope(service: Service) -> None:
    """A certificate that runs out is no outage: it neither restarts nor keeps from restarting."""
    built = service(
        "command = 'serve'\n"
        "probes.certificate = {tls = 'shop.example:443'}\n"
        "probes.name = {dns = 'shop.example'}\n"
        "probes.db = {postgres = 'db:5432'}"
    )
    assert [each.scope for each in built.probes] == ["edge", "dependency", "dependency"]


def test_sockets(service: Service) -> None:
    tcp = "{name = 'a', listen = 'localhost:80'}"
    unix = "{name = 'b', listen = 'unix:/run/b', file_mode = '0660', backlog = 5}"
    own = service(f"command = 'serve {{fd:b}}'\nsockets = [{tcp}, {unix}]").sockets
    workers = service(f"command = 'serve'\nchannel = 'cluster'\nsockets = [{tcp}]").sockets
    unix_spec = SocketSpec("b", UnixAddress("/run/b", 0o660), "shared", 5)
    assert own == (SocketSpec("a", TcpAddress("127.0.0.1", 80), "per-instance"), unix_spec)
    assert workers == (SocketSpec("a", TcpAddress("127.0.0.1", 80), "shared"),)


def test_policies(service: Service, folder: Path) -> None:
    built = service(
        "command = 'serve'\ntype = 'job'\ninstances = 'max'\nnofile = 4096\numask = '077'\n"
        "restart = {delays = ['1s', '2s'], hold_tries = 1}\n"
        "stop = {signal = 'INT', timeout = '1m', drain = '0s'}\n"
        "log = {out = 'o.log', err = '/var/e.log', max_size = '1K', retain = 0}"
    )
    assert built.restart == RestartPolicy(when="on-failure", delays=(1.0, 2.0), hold_tries=1)
    assert built.stop == StopPolicy(signal=2, timeout=60.0, drain=0.0)
    assert (built.logs.out, built.logs.err) == (f"{folder}/o.log", "/var/e.log")
    assert (built.logs.max_size, built.logs.retain) == (1024, 0)
    assert (built.instances, built.nofile, built.umask) == (4, 4096, 0o077)


def test_dependencies_as_a_list_or_a_table(service: Service, read: Callable[..., Plan]) -> None:
    text = """
[apps.a]
command = "serve"
[apps.b]
command = "serve"
type = "job"
[apps.c]
command = "serve"
depends_on = ["a"]
restart_with = ["a"]
[apps.d]
command = "serve"
depends_on = { a = "started", b = "completed" }
"""
    c, d = read(text).services[2:]
    assert (c.depends_on, c.restart_with) == ((Dependency("a", "ready"),), ("a",))
    assert d.depends_on == (Dependency("a", "started"), Dependency("b", "completed"))


NATIVE = {
    "command": ["serve", "x"],
    "env": {"A": "1"},
    "instances": 2,
    "probe_socket": True,
    "ready": {"http": "/", "timeout": "5s"},
    "stop": {"signal": "SIGINT"},
    "stack_signal": "SIGUSR2",
}


def test_all_formats_say_the_same(read: Callable[..., Plan]) -> None:
    toml = """
[apps.api]
command = ["serve", "x"]
env = { A = "1" }
instances = 2
probe_socket = true
ready = { http = "/", timeout = "5s" }
stop.signal = "SIGINT"
stack_signal = "SIGUSR2"
"""
    plans = [
        read(toml),
        read(json.dumps({"apps": {"api": NATIVE}}), "a.json"),
        read(json.dumps({"apps": {"api": NATIVE}}, indent=2), "a.yaml"),
    ]
    bare = [msgspec.structs.replace(plan.services[0], origin="") for plan in plans]
    assert all(one == bare[0] for one in bare)


def test_a_plan_travels_as_json(read: Callable[..., Plan]) -> None:
    plan = read(json.dumps({"apps": {"api": NATIVE}}), "a.json")
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
