"""Taking over what a living PM2 runs, as values: what belongs together, and the way back. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from usher.model.spec import ServiceSpec

Process = Mapping[str, Any]
"""One element of `pm2 jlist`: {"name", "pid", "pm_id", "pm2_env": {...}}."""

_UP: Final = ("online", "launching", "one-launch-status", "waiting restart")

_KEPT: Final = (
    *("name", "namespace", "args", "node_args", "instance_var", "watch", "ignore_watch"),
    *("autorestart", "max_restarts", "min_uptime", "restart_delay", "exp_backoff_restart_delay"),
    *("max_memory_restart", "cron_restart", "kill_timeout", "listen_timeout", "wait_ready"),
    *("shutdown_with_message", "stop_exit_codes", "merge_logs", "log_date_format", "log_type"),
    *("treekill", "increment_var", "uid", "gid", "source_map_support", "vizion", "pmx"),
)
"""Fields of pm2_env that a definition for PM2 may have under the same name."""

_RENAMED: Final = {
    "pm_exec_path": "script",
    "pm_cwd": "cwd",
    "exec_interpreter": "interpreter",
    "pm_out_log_path": "out_file",
    "pm_err_log_path": "error_file",
    "env": "env",
}


class Takeover(NamedTuple):
    """One app on its way from PM2 to us."""

    spec: ServiceSpec
    processes: tuple[Process, ...]

    @property
    def ids(self) -> list[int]:
        """PM2's ids of its processes."""
        return [int(each["pm_id"]) for each in self.processes]

    @property
    def is_up(self) -> bool:
        """Whether PM2 runs any of it, or would."""
        return any(each["pm2_env"].get("status") in _UP for each in self.processes)


def takeovers(
    services: Sequence[ServiceSpec], processes: Sequence[Process]
) -> tuple[list[Takeover], list[str]]:
    """Pair definitions with PM2's processes by name; the sentences say what is left with PM2."""
    by_name: dict[str, list[Process]] = {}
    left: list[str] = []
    for process in processes:
        if process["pm2_env"].get("pmx_module"):
            left.append(f"{process['name']}: a module of PM2; what it does usher does itself")
        else:
            by_name.setdefault(str(process["name"]), []).append(process)
    found: list[Takeover] = []
    for spec in services:
        mine = by_name.pop(spec.label or spec.name, None)
        if mine:
            found.append(Takeover(spec, tuple(mine)))
    left += [f"{name}: could not be read, PM2 keeps it" for name in by_name]
    return found, left


def back(takeover: Takeover) -> dict[str, Any]:
    """Describe the app for PM2 as it was, so that PM2 can start it again."""
    env = takeover.processes[0]["pm2_env"]
    app = {name: env[name] for name in _KEPT if name in env}
    app |= {new: env[old] for old, new in _RENAMED.items() if old in env}
    app["exec_mode"] = str(env.get("exec_mode", "fork_mode")).removesuffix("_mode")
    if app["exec_mode"] == "cluster" or len(takeover.processes) > 1:
        app["instances"] = len(takeover.processes)
    # The paths already carry the id where PM2 put one; it would add another.
    app["merge_logs"] = True
    return app


def sentence(takeover: Takeover) -> str:
    """Say what is taken over: "web: 2 instances, cluster, /srv/app.js, up"."""
    env = takeover.processes[0]["pm2_env"]
    mode = str(env.get("exec_mode", "")).removesuffix("_mode")
    count = len(takeover.processes)
    state = "up" if takeover.is_up else "stopped, stays stopped"
    plural = "instance" if count == 1 else "instances"
    return f"{takeover.spec.name}: {count} {plural}, {mode}, {env.get('pm_exec_path')}, {state}"


def environment(takeover: Takeover) -> list[str]:
    """Say how the environment will differ: names only, never a value."""
    theirs: dict[str, Any] = takeover.processes[0]["pm2_env"].get("env") or {}
    ours = takeover.spec.env
    gone = sorted(set(theirs) - set(ours))
    new = sorted(set(ours) - set(theirs))
    changed = sorted(name for name in set(ours) & set(theirs) if str(theirs[name]) != ours[name])
    parts = [("without", gone), ("new", new), ("changed", changed)]
    return [f"{word} {', '.join(names)}" for word, names in parts if names]


class Difference(NamedTuple):
    """Where PM2 runs something else than a file declares. No value is ever in it."""

    app: str
    what: Literal["extra", "missing", "mode", "instances", "env"]
    said: str


def compared(
    takeovers: Sequence[Takeover], declared: Sequence[ServiceSpec], file: str
) -> list[Difference]:
    """Hold what PM2 runs against the apps of `file`, by name."""
    running = {each.spec.label or each.spec.name: each for each in takeovers}
    meant = {spec.label or spec.name: spec for spec in declared}
    found: list[Difference] = []
    for name in sorted({*running, *meant}):
        if name not in meant:
            found.append(Difference(name, "extra", f"PM2 runs it, {file} does not have it"))
        elif name not in running:
            found.append(Difference(name, "missing", f"{file} has it, PM2 does not"))
        else:
            found += _differences(name, running[name], meant[name])
    return found


def _differences(name: str, takeover: Takeover, spec: ServiceSpec) -> Iterator[Difference]:
    env = takeover.processes[0]["pm2_env"]
    runs = str(env.get("exec_mode", "fork_mode")).removesuffix("_mode")
    wanted = "cluster" if spec.channel == "cluster" else "fork"
    if runs != wanted:
        yield Difference(name, "mode", f"{runs} runs, {wanted} is declared")
    if len(takeover.processes) != spec.instances:
        said = f"{len(takeover.processes)} run, {spec.instances} are declared"
        yield Difference(name, "instances", said)
    theirs: Mapping[str, Any] = env.get("env") or {}
    # What the file itself says: a shell's variables differ from login to login.
    own = [each for each in spec.env_sources if each in spec.env]
    differs = sorted(each for each in own if str(theirs.get(each, "")) != spec.env[each])
    if differs:
        yield Difference(name, "env", f"{len(differs)} variables differ: {', '.join(differs)}")
