"""Every option of PM2's command line, as data (spec: usher.md A2), and what each means to a file.

`field` is the key of an ecosystem file that the option sets; options without one steer the command
itself or are accepted without effect.
"""

from enum import Enum
from typing import Final, NamedTuple


class Takes(Enum):
    """What follows an option."""

    NOTHING = "nothing"
    VALUE = "value"
    MAYBE = "a value, unless another option or nothing follows"


class Option(NamedTuple):
    """One option: `--long`, perhaps `-s`; `placeholder` names its value in the help."""

    long: str
    short: str = ""
    takes: Takes = Takes.NOTHING
    placeholder: str = ""
    field: str = ""
    summary: str = ""

    @property
    def name(self) -> str:
        """The word under which the parser keeps it: "update-env" of --update-env."""
        return self.long.removeprefix("--")

    @property
    def usage(self) -> str:
        """As the help and messages about a missing value show it: "-n --name <name>"."""
        words = [self.short, self.long] if self.short else [self.long]
        if self.takes is Takes.VALUE:
            words.append(f"<{self.placeholder}>")
        elif self.takes is Takes.MAYBE:
            words.append(f"[{self.placeholder}]")
        return " ".join(words)


def _flag(long: str, short: str = "", *, field: str = "", summary: str = "") -> Option:
    return Option(long, short, Takes.NOTHING, "", field, summary)


def _value(
    long: str, placeholder: str, short: str = "", *, field: str = "", summary: str = ""
) -> Option:
    return Option(long, short, Takes.VALUE, placeholder, field, summary)


def _maybe(
    long: str, placeholder: str, short: str = "", *, field: str = "", summary: str = ""
) -> Option:
    return Option(long, short, Takes.MAYBE, placeholder, field, summary)


OPTIONS: Final = (
    _flag("--version", "-v", summary="print the version"),
    _flag("--help", "-h", summary="print this help, or that of a command"),
    _flag("--silent", "-s", summary="print nothing but what was asked for"),
    _value("--ext", "extensions", field="ext", summary="watch only files with these endings"),
    _value("--name", "name", "-n", field="name", summary="name of the app"),
    _flag("--mini-list", "-m", summary="list without a table"),
    _value("--interpreter", "path", field="interpreter", summary="program that runs the script"),
    _value("--interpreter-args", "arguments", field="node_args", summary="its arguments"),
    _value("--node-args", "arguments", field="node_args", summary="arguments of node"),
    _value("--output", "path", "-o", field="output", summary="file of standard output"),
    _value("--error", "path", "-e", field="error", summary="file of standard error"),
    _maybe("--log", "path", "-l", field="log", summary="file of both"),
    _maybe("--filter-env", "names", field="filter_env", summary="variables not to pass on"),
    _value("--log-type", "type", field="log_type", summary="raw or json"),
    _value("--log-date-format", "format", field="log_date_format", summary="time before lines"),
    _flag("--time", field="time", summary="the usual time before each line"),
    _flag("--disable-logs", field="disable_logs", summary="keep no log"),
    _value("--env", "name", summary="take env_<name> of the file"),
    _flag("--update-env", "-a", summary="take over the present environment"),
    _flag("--force", "-f", summary="start a script again although it runs"),
    _value("--instances", "number", "-i", field="instances", summary="how many, or max"),
    _value("--parallel", "number", summary="accepted; usher decides"),
    _flag("--shutdown-with-message", field="shutdown_with_message", summary="no signal but IPC"),
    _value("--pid", "path", "-p", field="pid", summary="pid file"),
    _value("--kill-timeout", "ms", "-k", field="kill_timeout", summary="wait before SIGKILL"),
    _value("--listen-timeout", "ms", field="listen_timeout", summary="wait for readiness"),
    _value("--max-memory-restart", "size", field="max_memory_restart", summary="150M, 1G ..."),
    _value("--restart-delay", "ms", field="restart_delay", summary="pause between restarts"),
    _value("--exp-backoff-restart-delay", "ms", field="exp_backoff_restart_delay"),
    _flag("--execute-command", "-x", field="execute_command", summary="run it as a program"),
    _maybe("--max-restarts", "count", field="max_restarts", summary="unstable restarts"),
    _value("--user", "name", "-u", field="user", summary="of the unit that startup writes"),
    _value("--uid", "uid", field="uid", summary="run with this user's rights"),
    _value("--gid", "gid", field="gid", summary="run with this group's rights"),
    _value("--namespace", "name", field="namespace", summary="a name for several apps"),
    _value("--cwd", "path", field="cwd", summary="folder to run in"),
    _value("--hp", "path", summary="home of the unit that startup writes"),
    _flag("--wait-ip", summary="let the unit wait for the network"),
    _value("--service-name", "name", summary="name of the unit"),
    _value("--cron", "pattern", "-c", field="cron_restart", summary="restart at these times"),
    _value("--cron-restart", "pattern", field="cron_restart", summary="the same"),
    _flag("--write", "-w", summary="accepted without effect"),
    _flag("--no-daemon", summary="stay in the foreground and show the logs"),
    _flag("--source-map-support", field="source_map_support", summary="of node"),
    _value("--only", "names", summary="only these apps of the file"),
    _flag("--disable-source-map-support", field="disable_source_map_support"),
    _flag("--wait-ready", field="wait_ready", summary="ready when the app says so"),
    _flag("--merge-logs", field="merge_logs", summary="one file for all instances"),
    _maybe("--watch", "paths", field="watch", summary="restart when files change"),
    _value("--ignore-watch", "paths", field="ignore_watch", summary="files not to watch"),
    _value("--watch-delay", "delay", field="watch_delay", summary="4 (seconds) or 4000ms"),
    _flag("--no-color", summary="no colours"),
    _flag("--no-vizion", summary="accepted without effect"),
    _flag("--no-autostart", field="autostart", summary="define it, do not start it"),
    _flag("--no-autorestart", field="autorestart", summary="let it end"),
    _value("--stop-exit-codes", "codes", field="stop_exit_codes", summary="ends as wanted"),
    _flag("--no-treekill", field="treekill", summary="stop the main process only"),
    _flag("--no-pmx", summary="accepted without effect"),
    _flag("--no-automation", summary="accepted without effect"),
    _flag("--trace", summary="accepted without effect"),
    _flag("--disable-trace", summary="accepted without effect"),
    _value("--sort", "field:asc", summary="order of the list"),
    _flag("--attach", summary="show the logs afterwards"),
    _flag("--v8", summary="accepted without effect"),
    _flag("--event-loop-inspector", summary="accepted without effect"),
    _flag("--deep-monitoring", summary="accepted without effect"),
)
"""Options that may stand anywhere, with every command."""

LOGS: Final = (
    _flag("--json", summary="one JSON object a line"),
    _flag("--format", summary="key=value pairs"),
    _flag("--raw", summary="lines as written"),
    _flag("--err", summary="standard error only"),
    _flag("--out", summary="standard output only"),
    _value("--lines", "n", summary="begin with so many lines of each file (15)"),
    _maybe("--timestamp", "format", summary="a time before each line"),
    _flag("--nostream", summary="do not wait for more"),
    _maybe("--highlight", "text", summary="mark this text"),
)
"""Options of `logs` alone."""

START: Final = (
    _flag("--fresh"),
    _flag("--daemon"),
    _flag("--container"),
    _flag("--dist"),
    _maybe("--image-name", "name"),
    _maybe("--node-version", "major"),
    _flag("--dockerdaemon"),
)
"""Docker mode of `start`: known, so that its refusal can say what to do instead."""

RUNTIME: Final = (
    _flag("--json", summary="lines as JSON"),
    _flag("--format", summary="lines as key=value pairs"),
    _flag("--formatted", summary="lines with the name of the app"),
    _flag("--raw", summary="lines as written (the usual)"),
    _flag("--no-auto-exit", summary="go on when no app is up"),
    _value("--delay", "seconds", summary="wait before the start"),
    _value("--ignore", "paths", summary="pm2-dev: files not to watch"),
    _maybe("--web", "port", summary="accepted; usher has a socket instead"),
    _maybe("--secret", "key", summary="accepted without effect"),
    _maybe("--public", "key", summary="accepted without effect"),
    _maybe("--machine-name", "name", summary="accepted without effect"),
)
"""Options of pm2-runtime and pm2-dev."""

SERVE: Final = (
    _maybe("--port", "port"),
    _flag("--spa"),
    _flag("--ftp"),
    _maybe("--basic-auth-username", "name"),
    _maybe("--basic-auth-password", "password"),
    _maybe("--monitor", "app"),
)

SYSTEM: Final = (_flag("--tree", "-t"),)

INSTALL: Final = (
    _flag("--tarball"),
    _flag("--install"),
    _flag("--docker"),
    _flag("--v1"),
    _maybe("--safe", "time"),
)

OFF: Final = frozenset({"autostart", "autorestart", "treekill"})
"""Fields that their option (--no-...) turns off."""
