"""A corpus of PM2's files: what each means, stored, and compared with what PM2 itself makes of it.

`corpus/files` are laid into a copy of `corpus/project`, with the words of `corpus/arguments.json`
on the command line. What usher makes of them stands in `corpus/expected.json`
(USHER_WRITE_EXPECTED=1 writes it anew, to be read before it is committed). With --debian PM2 runs
each file too; `corpus/differences.json` lists every value in which the two differ, and why.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from usher.config.app import Choice, Surroundings
from usher.config.load import ConfigError, Loaded, read, split_names
from usher.config.pm2.file import read_script
from usher.model.spec import ChannelReady, ReadySpec, ServiceSpec

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path.name for path in (CORPUS / "files").iterdir())
ARGUMENTS: dict[str, list[str]] = json.loads((CORPUS / "arguments.json").read_text())
EXPECTED = CORPUS / "expected.json"
CPUS = 2
"""Of the machine that expected.json is about."""

App = dict[str, Any]
"""What an app effectively is, in words that both programs can be asked about."""


class Place(NamedTuple):
    """A copy of the project, programs to find on PATH, and a caller."""

    project: Path
    bin: Path
    env: dict[str, str]

    @property
    def pm2_home(self) -> str:
        return self.env["PM2_HOME"]

    def neutral(self, value: Any) -> Any:
        """Put names in for the folders of this run."""
        if isinstance(value, str):
            for folder, name in (
                (self.pm2_home, "{pm2}"),
                (str(self.project), "{project}"),
                (str(self.bin), "{bin}"),
                (self.env["HOME"], "{home}"),
            ):
                value = value.replace(folder, name)
            return value
        if isinstance(value, list):
            return [self.neutral(item) for item in value]
        if isinstance(value, dict):
            return {key: self.neutral(item) for key, item in value.items()}
        return value


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, node: str) -> Place:
    folder = tmp_path_factory.mktemp("corpus")
    project = folder / "project"
    shutil.copytree(CORPUS / "project", project)
    shutil.copytree(CORPUS / "files", project, dirs_exist_ok=True)
    (project / "venv" / "bin").mkdir(parents=True)
    (project / "venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / "home").mkdir()
    programs = folder / "bin"
    programs.mkdir()
    for name in ("bash", "sleep", "perl", "sh", "env"):
        (programs / name).symlink_to(shutil.which(name) or "/bin/false")
    for name in ("python", "python3"):
        (programs / name).symlink_to(sys.executable)
    (programs / "node").symlink_to(node)
    npm = programs / "npm"
    npm.write_text("#!/usr/bin/env node\nsetInterval(() => {}, 1e6);\n")
    npm.chmod(0o755)
    env = {
        "PATH": str(programs),
        "HOME": str(folder / "home"),
        "PM2_HOME": str(folder / "pm2"),
        "CORPUS_SET": "by-the-caller",
        "CORPUS_TAKEN_AWAY": "by-the-caller",
    }
    return Place(project, programs, env)


# -- what usher makes of a file ----------------------------------------------------------------


def load(
    place: Place, file: str, engine: str | None = None, cpus: int = CPUS
) -> Loaded | ConfigError:
    words = ARGUMENTS.get(file, [])
    given = dict(zip(words[::2], words[1::2], strict=True))
    only, env_name = split_names(given.get("--only", "")), given.get("--env", "")
    around = Surroundings(place.project, place.env, cpus, place.project, engine)
    data = (place.project / file).read_bytes()
    try:
        return read(file, data, around, Choice(only, env_name, compat=True))
    except ConfigError as error:
        return error


def effective(place: Place, service: ServiceSpec, sources: Mapping[str, str]) -> App:
    view, logs, restart = service.pm2, service.logs, service.restart
    assert view is not None
    grows = restart.factor != 1.0
    app: App = {
        "name": service.label or service.name,
        "namespace": service.namespace,
        "script": view.script,
        "args": list(view.args),
        "cwd": service.cwd,
        "interpreter": view.interpreter,
        "node_args": list(view.interpreter_args),
        "processes": service.instances,
        "exec_mode": view.exec_mode,
        "version": view.version,
        "env": own_variables(place, service.env, sources),
        "out": with_id(logs.out, per_instance=logs.per_instance),
        "error": with_id(logs.err, per_instance=logs.per_instance),
        "combined": with_id(logs.combined, per_instance=logs.per_instance),
        "pid_file": with_id(service.pid_file, per_instance=True),
        "log_date_format": logs.date_format,
        "log_json": logs.format == "json",
        "disable_logs": logs.disabled,
        "autostart": service.autostart,
        "autorestart": restart.when != "never",
        "stop_exit_codes": list(restart.stop_codes),
        "min_uptime": ms(restart.min_uptime),
        "max_restarts": restart.start_limit + 1,
        "restart_delay": 0 if grows else ms(restart.delays[0]),
        "backoff": ms(restart.delays[0]) if grows else 0,
        "kill_timeout": ms(service.stop.timeout),
        "treekill": service.stop.kill_tree,
        "message": service.stop.message,
        "wait_ready": isinstance(service.ready.proof, ChannelReady),
        "memory": service.memory.limit if service.memory else None,
        "cron": service.cron_restart,
        "watch": list(service.watch.paths) if service.watch else [],
        "instance_var": service.instance_var,
        "increment_var": service.increment_var,
    }
    if service.ready.timeout != ReadySpec().timeout:
        app["listen_timeout"] = ms(service.ready.timeout)
    return place.neutral(app)


def ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def with_id(path: str | None, *, per_instance: bool) -> str | None:
    """Put `-<id>` where each process has a file of its own."""
    if path is None or path == "/dev/null" or not per_instance:
        return path
    file = Path(path)
    return str(file.with_name(f"{file.stem}-<id>{file.suffix}"))


def own_variables(
    place: Place, env: Mapping[str, str], sources: Mapping[str, str]
) -> dict[str, str]:
    """Variables that the file says, and what became of those that the caller has for the test."""
    return {
        name: value
        for name, value in sorted(env.items())
        if name.startswith("CORPUS_") or sources.get(name, "shell") != "shell"
    }


def summary(place: Place, found: Loaded | ConfigError) -> dict[str, Any]:
    findings = [place.neutral(str(finding)) for finding in found.findings]
    if isinstance(found, ConfigError):
        return {"findings": findings, "apps": []}
    return {
        "findings": findings,
        "apps": [
            {"service": service.name, **effective(place, service, found.sources[service.name])}
            for service in found.plan.services
        ],
    }


# -- stored ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return json.loads(EXPECTED.read_text())


def test_the_corpus_is_large_and_every_file_has_its_place(expected: dict[str, Any]) -> None:
    assert len(FILES) >= 60
    assert sorted(expected) == FILES
    assert ARGUMENTS.keys() <= set(FILES)


@pytest.mark.parametrize("engine", ["node", "embedded"])
@pytest.mark.parametrize("file", FILES)
def test_it_means_what_is_stored(
    place: Place, file: str, engine: str, node: str, expected: dict[str, Any]
) -> None:
    found = summary(place, load(place, file, node if engine == "node" else ""))
    assert found == expected[file]


@pytest.mark.parametrize("file", FILES)
def test_it_travels_as_json(place: Place, file: str) -> None:
    found = load(place, file)
    services = found.plan.services if isinstance(found, Loaded) else ()
    for service in services:
        assert msgspec.json.decode(msgspec.json.encode(service), type=ServiceSpec) == service


@pytest.mark.skipif("USHER_WRITE_EXPECTED" not in os.environ, reason="writes expected.json")
def test_write_what_is_expected(place: Place, node: str) -> None:
    found = {file: summary(place, load(place, file, node)) for file in FILES}
    EXPECTED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


# -- beside PM2 --------------------------------------------------------------------------------


class Pm2:
    """The npm package `pm2`, run as a program with a home of its own."""

    def __init__(self, place: Place, program: str) -> None:
        self._place = place
        self._program = program

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._place.bin / "node"), self._program, *words],
            cwd=self._place.project,
            env=self._place.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def started(self, *words: str) -> list[App]:
        """Start something, look at what is there, and take it away."""
        self.run("start", *words)
        processes: list[App] = json.loads(self.run("jlist").stdout)
        self.run("delete", "all")
        groups: dict[tuple[str, str], list[App]] = {}
        for process in processes:
            inner = process["pm2_env"]
            # `env` can rename an app: `name` beside `pm2_env` is what PM2 shows.
            groups.setdefault((process["name"], inner["pm_exec_path"]), []).append(inner)
        return [self._app(name, group) for (name, _), group in groups.items()]

    def _app(self, name: str, group: list[App]) -> App:
        first = group[0]
        interpreter = first["exec_interpreter"]
        codes = first.get("stop_exit_codes", [])
        app: App = {
            "name": name,
            "namespace": first["namespace"],
            "script": first["pm_exec_path"],
            "args": [as_text(word) for word in first.get("args", [])],
            "cwd": first["pm_cwd"].rstrip("/"),
            # PM2's own node is shown with its path, and is the one on PATH.
            "interpreter": "node" if Path(interpreter).name == "node" else interpreter,
            "node_args": first["node_args"],
            "processes": len(group),
            "exec_mode": first["exec_mode"],
            "version": first.get("version"),
            "env": self._variables(name, first),
            "out": numbered(first, "pm_out_log_path"),
            "error": numbered(first, "pm_err_log_path"),
            "combined": numbered(first, "pm_log_path"),
            "pid_file": numbered(first, "pm_pid_path"),
            "log_date_format": first.get("log_date_format", ""),
            "log_json": first.get("log_type") == "json",
            "disable_logs": first.get("disable_logs", False),
            "autostart": first["autostart"],
            "autorestart": first["autorestart"],
            "stop_exit_codes": codes if isinstance(codes, list) else [codes],
            "min_uptime": first.get("min_uptime", 1000),
            "max_restarts": first.get("max_restarts", 16),
            "restart_delay": first.get("restart_delay", 0),
            "backoff": first.get("exp_backoff_restart_delay", 0),
            "kill_timeout": first.get("kill_timeout", 1600),
            "treekill": first["treekill"],
            "message": first.get("shutdown_with_message", False),
            "wait_ready": first.get("wait_ready", False),
            "memory": first.get("max_memory_restart"),
            "cron": first.get("cron_restart") or "",
            "watch": watched(first),
            "instance_var": first["instance_var"],
            "increment_var": first.get("increment_var", ""),
        }
        if "listen_timeout" in first:
            app["listen_timeout"] = first["listen_timeout"]
        return self._place.neutral(app)

    def _variables(self, name: str, first: App) -> dict[str, str]:
        """Leave out what the caller has and what PM2 adds."""
        added = {"PM2_HOME", "PM2_USAGE", "PM2_JSON_PROCESSING", "unique_id", name}
        # Set for one app, they reach others of the file too, as its start happens to interleave.
        added |= {"PWD", "PYTHONUNBUFFERED"}
        return {
            key: as_text(value)
            for key, value in sorted(first["env"].items())
            if key not in added and (key.startswith("CORPUS_") or key not in self._place.env)
        }


def watched(first: App) -> list[str]:
    """Absolute paths of what is watched."""
    cwd, watch = Path(first["pm_cwd"]), first.get("watch", False)
    given = ["."] if watch is True else watch or []
    return [os.path.normpath(cwd / path) for path in ([given] if isinstance(given, str) else given)]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def numbered(first: App, key: str) -> str | None:
    """Mark PM2's id in the name of a file."""
    path: str | None = first.get(key)
    if path is None:
        return None
    file, marked = Path(path), f"-{first['pm_id']}"
    if not file.stem.endswith(marked):
        return path
    return str(file.with_name(f"{file.stem.removesuffix(marked)}-<id>{file.suffix}"))


@pytest.fixture(scope="module")
def pm2(place: Place) -> Iterator[Pm2]:
    installed = Path(os.environ["USHER_TEST_NPM"]) / "node_modules" / "pm2" / "bin" / "pm2"
    assert installed.is_file(), "`.ci/run` installs pm2 there"
    program = Pm2(place, str(installed))
    program.run("ping")
    try:
        yield program
    finally:
        program.run("kill")


def differing(ours: list[App], theirs: list[App]) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield (app, field, PM2's value, usher's value); apps are told apart by name and script."""
    mine = {(app["name"], app["script"]): app for app in ours}
    other = {(app["name"], app["script"]): app for app in theirs}
    for key in {**other, **mine}:
        if key not in mine or key not in other:
            yield key[0], "", key in other, key in mine
            continue
        for field in {**other[key], **mine[key]}:
            here, there = mine[key].get(field), other[key].get(field)
            if here != there:
                yield key[0], field, there, here


@pytest.mark.debian
@pytest.mark.parametrize("file", FILES)
def test_pm2_makes_the_same_of_it(place: Place, pm2: Pm2, file: str) -> None:
    found = load(place, file, cpus=os.cpu_count() or 1)
    services = found.plan.services if isinstance(found, Loaded) else ()
    sources = found.sources if isinstance(found, Loaded) else {}
    ours = [effective(place, service, sources[service.name]) for service in services]
    listed = json.loads((CORPUS / "differences.json").read_text())
    known = [
        (one["app"], one["field"], one["pm2"], one["usher"])
        for one in listed
        if one["file"] == file
    ]
    theirs = pm2.started(file, *ARGUMENTS.get(file, []))
    assert sorted(differing(ours, theirs), key=repr) == sorted(known, key=repr)


LINES: list[tuple[list[str], App]] = [
    (["app.js"], {"script": "app.js"}),
    (
        ["app.js", "-i", "2", "--name", "two", "--", "a b", "-c"],
        {"script": "app.js", "instances": "2", "name": "two", "args": ["a b", "-c"]},
    ),
    (["npm run nothing"], {"script": "npm run nothing"}),
    (["sleep", "--", "600"], {"script": "sleep", "args": ["600"]}),
    (
        ["app.js", "-o", "o.log", "-e", "e.log", "-l", "all.log", "--merge-logs", "--time"],
        {
            "script": "app.js",
            "output": "o.log",
            "error": "e.log",
            "log": "all.log",
            "merge_logs": True,
            "time": True,
        },
    ),
    (
        ["worker.py", "--interpreter", "python3", "--namespace", "jobs", "--no-autorestart"],
        {
            "script": "worker.py",
            "interpreter": "python3",
            "namespace": "jobs",
            "autorestart": False,
        },
    ),
    (
        ["app.js", "--max-memory-restart", "100M", "--restart-delay", "300", "--watch", "lib"],
        {
            "script": "app.js",
            "max_memory_restart": "100M",
            "restart_delay": "300",
            "watch": ["lib"],
        },
    ),
    (
        ["nested.js", "--cwd", "lib", "--node-args", "--trace-warnings --no-deprecation"],
        {"script": "nested.js", "cwd": "lib", "node_args": "--trace-warnings --no-deprecation"},
    ),
]


@pytest.mark.debian
@pytest.mark.parametrize(("line", "app"), LINES, ids=[" ".join(line) for line, _ in LINES])
def test_pm2_makes_the_same_of_a_command_line(
    place: Place, pm2: Pm2, line: list[str], app: App
) -> None:
    around = Surroundings(place.project, place.env, os.cpu_count() or 1, place.project)
    found = read_script(app, around)
    ours = [effective(place, service, found.sources[service.name]) for service in found.services]
    assert list(differing(ours, pm2.started(*line))) == []
