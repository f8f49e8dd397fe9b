"""What PM2's outputs show of an app beside what it is."""

from pathlib import Path as FilePath
from typing import Final

import msgspec

from usher.config.pm2.env import SHELL, Environment
from usher.config.pm2.files import TIME_FORMAT
from usher.config.pm2.listed import Listed
from usher.config.pm2.package import version_near
from usher.config.pm2.program import Program, node_version
from usher.config.schema import Pm2App
from usher.config.units import encode
from usher.model.spec import Pm2View
from usher.redaction.names import masked

_SHOWN: Final = (
    "kill_timeout",
    "listen_timeout",
    "restart_delay",
    "exp_backoff_restart_delay",
    "min_uptime",
    "watch_delay",
    "max_restarts",
    "max_memory_restart",
    "cron_restart",
    "wait_ready",
    "shutdown_with_message",
    "stop_exit_codes",
    "watch",
    "ignore_watch",
    "watch_options",
    "log_date_format",
    "log_type",
    "disable_logs",
    "merge_logs",
    "time",
    "filter_env",
    "increment_var",
    "append_env_to_name",
    "port",
    "source_map_support",
)
_IN_MILLISECONDS: Final = frozenset(_SHOWN[:6])


def view(listed: Listed, program: Program, environment: Environment, *, cluster: bool) -> Pm2View:
    default = Pm2App()
    shown = dict(listed.shown)
    for name in _SHOWN:
        value = getattr(listed.app, name)
        if value != getattr(default, name):
            shown[name] = round(value * 1000) if name in _IN_MILLISECONDS else value
    if listed.app.time and not listed.app.log_date_format:
        shown["log_date_format"] = TIME_FORMAT
    if str(listed.app.cron_restart) == "0":
        shown["cron_restart"] = 0
    for name, values in listed.environments.items():
        # This stands in the state: no value that may be a secret.
        shown[f"env_{name}"] = masked({key: str(value) for key, value in values.items()})
    return Pm2View(
        script=program.script,
        args=program.args,
        interpreter=program.interpreter,
        interpreter_args=program.interpreter_args,
        exec_mode="cluster_mode" if cluster else "fork_mode",
        version=version_near(FilePath(program.script)),
        node_version=node_version(program, environment.values),
        source_maps=bool(program.executable)
        and program.is_plain_node
        and listed.app.source_map_support
        and not listed.app.disable_source_map_support,
        unquoted=environment.unquoted,
        shell_wins=listed.written.app.compat == "pm2",
        inherited=tuple(
            sorted(name for name, source in environment.sources.items() if source == SHELL)
        ),
        shown={name: _raw(value) for name, value in shown.items()},
    )


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value, enc_hook=encode))
