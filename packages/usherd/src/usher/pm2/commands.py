"""Every command of PM2 with its other names (spec: usher.md A1), and where it is answered.

A handler is "module" (its `run`) or "module:function" below usher.pm2; none: the command is not
built here, and `instead` says which way usher has for it.
"""

from typing import Final, NamedTuple

from usher.pm2 import options
from usher.pm2.options import Option


class Command(NamedTuple):
    """One command. `needs` are its required arguments, `usage` shows all of them."""

    names: tuple[str, ...]
    summary: str
    handler: str = ""
    usage: str = ""
    needs: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    instead: str = ""

    @property
    def name(self) -> str:
        """Its first name."""
        return self.names[0]


_TARGETS: Final = "id|name|namespace|all|json|stdin..."
_ACCOUNT: Final = "PM2 Plus is a paid service of others; usher sends nothing to anybody"
_GIT: Final = "usher runs no git; change the files and `usher reload` the app"
_MODULE: Final = "usher downloads and runs no modules; write the program into your file as an app"
_OTEL: Final = "usher adds nothing to your app; install the tracing library with the app"

COMMANDS: Final = (
    Command(
        ("start",),
        "start a script, a file's apps, or known apps",
        "start",
        "[name|namespace|file|ecosystem|id...]",
        options=options.START,
    ),
    Command(
        ("stop",), "stop apps; they stay in the list", "act:stop", f"<{_TARGETS}>", (_TARGETS,)
    ),
    Command(("restart",), "restart apps", "act:restart", f"<{_TARGETS}>", (_TARGETS,)),
    Command(
        ("reload",),
        "replace apps without a gap",
        "act:reload",
        "<id|name|namespace|all>",
        ("id|name|namespace|all",),
    ),
    Command(
        ("delete", "del"),
        "stop apps and forget them",
        "act:delete",
        "<name|id|namespace|script|all|json|stdin...>",
        ("name|id|namespace|script|all|json|stdin",),
    ),
    Command(
        ("startOrRestart",),
        "start or restart a file's apps",
        "act:start_or_restart",
        "<json>",
        ("json",),
    ),
    Command(
        ("startOrReload", "startOrGracefulReload"),
        "start or reload a file's apps",
        "act:start_or_reload",
        "<json>",
        ("json",),
    ),
    Command(
        ("scale",),
        "set the number of instances",
        "scale",
        "<app_name> <number>",
        ("app_name", "number"),
    ),
    Command(("reset",), "set counters to zero", "counters", "<name|id|all>", ("name|id|all",)),
    Command(
        ("sendSignal",),
        "send a signal to the main process",
        "signals",
        "<signal> <pm2_id|name>",
        ("signal", "pm2_id|name"),
    ),
    Command(("pid",), "print pids, one a line", "show:pid", "[app_name]"),
    Command(("id",), "print the ids of a name", "show:id_", "<name>", ("name",)),
    Command(("list", "ls", "l", "ps", "status"), "show all apps", "show:list_"),
    Command(("jlist",), "print all apps as JSON", "show:jlist"),
    Command(("prettylist",), "print all apps as JavaScript would show them", "show:prettylist"),
    Command(
        ("describe", "desc", "info", "show"),
        "show everything about one app",
        "describe",
        "<name|id>",
        ("name|id",),
    ),
    Command(
        ("env",), "print the environment of an id, secrets masked", "show:env", "<id>", ("id",)
    ),
    Command(
        ("logs", "log"),
        "show the output of apps",
        "logs",
        "[id|name|namespace]",
        options=options.LOGS,
    ),
    Command(("flush",), "empty the logs", "logfiles:flush", "[api]"),
    Command(("reloadLogs",), "open the logs anew", "logfiles:reload"),
    Command(("monit", "dash", "dashboard", "imonit"), "watch the list live", "ours:monit"),
    Command(("dump", "save"), "keep the list for resurrect", "dump:save"),
    Command(("resurrect",), "bring back the kept list", "dump:resurrect"),
    Command(("cleardump",), "keep an empty list", "dump:clear"),
    Command(("startup",), "start usher when the host starts", "ours:startup", "[platform]"),
    Command(("unstartup",), "no longer start usher with the host", "ours:unstartup", "[platform]"),
    Command(("kill",), "stop everything and end usher", "daemon:kill"),
    Command(("ping",), "say whether the daemon answers; starts it", "daemon:ping"),
    Command(("update", "updatePM2", "deepUpdate"), "take new code; apps go on", "daemon:update"),
    Command(("ecosystem", "init"), "write a sample file", "ecosystem", "[mode]"),
    Command(("set",), "set a value of the configuration", "settings:set_", "[key] [value]"),
    Command(("multiset",), "set several values", "settings:multiset", "<value>", ("value",)),
    Command(("get",), "print a value of the configuration", "settings:get", "[key]"),
    Command(("unset",), "forget a value of the configuration", "settings:unset", "<key>", ("key",)),
    Command(("conf",), "get or set a value", "settings:conf", "[key] [value]"),
    Command(("config",), "get or set a value", "settings:conf", "<key> [value]", ("key",)),
    Command(("report",), "print facts for a question about a problem", "report"),
    Command(
        ("slist", "sysinfos"),
        "print facts about this host",
        "report:system",
        options=options.SYSTEM,
    ),
    Command(("completion",), "print a completion script", "completion"),
    Command(
        ("trigger",),
        "call an action of the app",
        "legacy:trigger",
        "<id|proc_name|namespace|all> <action_name> [params]",
        ("id|proc_name|namespace|all", "action_name"),
    ),
    Command(("examples",), "show how commands are used", "legacy:examples"),
    Command(
        ("install", "module:install"),
        "install a module",
        "legacy:install",
        "<module>",
        ("module|git:/",),
        options=options.INSTALL,
    ),
    Command(
        ("uninstall", "module:uninstall"),
        "remove a module",
        "legacy:uninstall",
        "<module>",
        ("module",),
    ),
    Command(
        ("send",),
        "write a line to the standard input of an app",
        "lines:send",
        "<pm_id> <line>",
        ("pm_id", "line"),
    ),
    Command(
        ("attach",),
        "connect to the standard input of an app",
        "lines:attach",
        "<pm_id> [comment]",
        ("pm_id",),
    ),
    Command(
        ("deploy",),
        "deploy over ssh",
        usage="<file|environment>",
        needs=("file|environment",),
        instead="usher does not deploy yet; call `usher pm2 startOrReload FILE` in your script",
    ),
    Command(
        ("serve", "expose"),
        "serve a folder",
        "serve",
        "[path] [port]",
        options=options.SERVE,
    ),
    Command(
        ("logrotate",),
        "write a logrotate file",
        instead="usher rotates logs by itself; see `usher pm2 conf` for pm2-logrotate's keys",
    ),
    Command(("module:update",), "update a module", instead=_MODULE),
    Command(("module:generate",), "write a sample module", instead=_MODULE),
    Command(("package",), "pack a module", instead=_MODULE),
    Command(("publish", "module:publish"), "publish a module", instead=_MODULE),
    Command(("autoinstall",), "find services to watch", instead=_MODULE),
    Command(
        ("create",), "start from a template", instead="`usher pm2 ecosystem` writes a sample file"
    ),
    Command(
        ("profile:mem", "profile:cpu"),
        "profile PM2 itself",
        instead="there is no Node daemon to profile; profile your app with `node --inspect`",
    ),
    Command(
        ("inspect",),
        "debug an app",
        usage="<name>",
        needs=("name",),
        instead="start the app with --node-args=--inspect",
    ),
    Command(("pull",), "git pull and reload", usage="<name> [commit_id]", instead=_GIT),
    Command(("forward",), "git forward and reload", usage="<name>", instead=_GIT),
    Command(("backward",), "git back and reload", usage="<name>", instead=_GIT),
    Command(("link",), "connect to PM2 Plus", instead=_ACCOUNT),
    Command(("unlink",), "disconnect from PM2 Plus", instead=_ACCOUNT),
    Command(("monitor",), "show an app in PM2 Plus", instead=_ACCOUNT),
    Command(("unmonitor",), "hide an app from PM2 Plus", instead=_ACCOUNT),
    Command(("open",), "open PM2 Plus", instead=_ACCOUNT),
    Command(("plus", "register"), "enable PM2 Plus", instead=_ACCOUNT),
    Command(("login",), "log in to PM2 Plus", instead=_ACCOUNT),
    Command(("logout",), "log out of PM2 Plus", instead=_ACCOUNT),
    Command(("install-otel",), "install tracing", instead=_OTEL),
    Command(("uninstall-otel",), "remove tracing", instead=_OTEL),
)


RUNTIME: Final = Command(
    ("pm2-runtime", "pm2-docker", "pm2-dev"),
    "run an app or a file in the foreground",
    usage="<app.js|file>",
    options=options.RUNTIME,
)
"""What the programs beside `pm2` take."""


def find(name: str) -> Command | None:
    """Return the command of this name, if there is one."""
    return next((each for each in COMMANDS if name in each.names), None)
