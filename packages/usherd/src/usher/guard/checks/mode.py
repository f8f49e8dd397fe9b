"""How an app is run: its mode of execution, and what belongs to development on production.

That a host or a file is production has to be evident (`production`); where nothing says so,
nothing is held against a development command.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from usher.guard import command_line
from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import Package, Source
from usher.model.finding import Finding

CLUSTER_OF_ONE: Final = Code(
    "mode.cluster_of_one",
    "warning",
    "Cluster mode with one instance",
    "Node's cluster is for several instances. With one it adds a layer between the app and its "
    "port and gains nothing; under PM2 a reload of it even drops connections.",
    "Use exec_mode 'fork' with instances 1, or two instances if the app keeps no state of its own.",
)
CLUSTER_STATE: Final = Code(
    "mode.cluster_state",
    "warning",
    "Several instances of an app that keeps state in memory",
    "Requests of one client reach different instances; sessions or socket.io connections that an "
    "instance keeps to itself are lost to the others.",
    "Keep the state outside (a session store, an adapter with sticky sessions), or run one "
    "instance.",
)
WATCH: Final = Code(
    "mode.watch_in_production",
    "warning",
    "Files are watched on production",
    "Any change below the folder restarts the app: a deployment restarts it half-way, an upload "
    "or a log file again and again.",
    "Set watch: false on production; reload the app when a release is complete.",
)
WATCH_CHANGING: Final = Code(
    "mode.watch_changing_folder",
    "warning",
    "A watched folder is written to by the app",
    "Uploads, logs, caches and builds change while the app runs, and each change restarts it.",
    "Add the folder to ignore_watch, or watch the source folder only.",
)
MIXED: Final = Code(
    "mode.environment_mixed",
    "warning",
    "Variables disagree about the environment",
    "One variable says development and another production: frameworks look at the one, the app "
    "at the other, and each behaves accordingly.",
    "Make them agree; on production NODE_ENV is 'production'.",
)
NOT_PRODUCTION: Final = Code(
    "mode.not_production",
    "warning",
    "A development environment where production is meant",
    "The role of the host, the name of the file or the environment that was asked for says "
    "production, and NODE_ENV (or its like) does not.",
    "Set it to 'production', or run the app on a host for development.",
)
DEV_COMMAND: Final = Code(
    "guard.dev_command_in_production",
    "warning",
    "A development command on production",
    "Development servers compile on demand, reload, and show their insides to visitors; they "
    "are slow and not made for load.",
    "Build once and run the production command (`next start`, `node dist/main.js`, `gunicorn`).",
)
SYNCHRONIZE: Final = Code(
    "orm.synchronize",
    "warning",
    "The schema is changed by the app at its start",
    "TypeORM's and Sequelize's synchronisation alters or drops columns and tables of the live "
    "database to match the code.",
    "Turn it off and use migrations.",
)

CODES: Final = (
    CLUSTER_OF_ONE,
    CLUSTER_STATE,
    WATCH,
    WATCH_CHANGING,
    MIXED,
    NOT_PRODUCTION,
    DEV_COMMAND,
    SYNCHRONIZE,
)

_SWITCHES: Final = (
    "NODE_ENV",
    "APP_ENV",
    "MODE",
    "APP_MODE",
    "ENVIRONMENT",
    "ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "FLASK_ENV",
    "DJANGO_ENV",
)
"""Variables that name the environment, the most heeded first."""

_PRODUCTION: Final = re.compile(r"prod(?:uction)?|live", re.IGNORECASE)
_DEVELOPMENT: Final = re.compile(r"dev(?:el(?:op(?:ment)?)?)?|local|debug", re.IGNORECASE)
_PRODUCTION_FILE: Final = re.compile(r"(?:^|[._-])prod(?:uction)?(?:[._-]|$)", re.IGNORECASE)
_OTHER_ROLE: Final = re.compile(
    r"local|dev\w*|test\w*|qa|ci|stag\w*|demo|laptop|sandbox", re.IGNORECASE
)
_SYNC_NAME: Final = re.compile(
    r"(?:(?:TYPEORM|DB|DATABASE|ORM|SEQUELIZE)_)?SYNC(?:HRONI[SZ]E)?(?:_(?:SCHEMA|DB|ALTER|FORCE))?"
)
_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_CHANGING: Final = frozenset(
    {
        *("uploads", "upload", "files", "tmp", "temp", "cache", ".cache", "logs", "log", "data"),
        *("backups", "dist", "build", ".next", "coverage", "sessions"),
    }
)
"""Names of folders that change while an app runs or is built."""

SESSIONS: Final = frozenset({"express-session", "@fastify/session"})
"""Packages that keep sessions in the memory of the process unless they are given a store."""

_STORE: Final = re.compile(r"^connect-|session.*store|store.*session|-session-|-session$")
_NO_STORES: Final = SESSIONS | {
    *("connect-flash", "connect-timeout", "connect-livereload", "connect-busboy"),
    *("connect-multiparty", "connect-ensure-login", "connect-slashes", "connect-roles"),
    *("connect-history-api-fallback", "cookie-session", "supertest-session", "iron-session"),
}
"""Packages that are called so and keep no sessions for others."""

_IN_MEMORY: Final = re.compile(r"memory-?store", re.IGNORECASE)

_DEV_PROGRAMS: Final = frozenset(
    {"nodemon", "ts-node-dev", "tsnd", "webpack-dev-server", "react-scripts", "air", "watchexec"}
)
_DEV_WORDS: Final = {
    "next": ("dev",),
    "nuxt": ("dev",),
    "astro": ("dev",),
    "remix": ("dev",),
    "vite": ("dev", "serve"),
    "nest": ("start",),
    "manage.py": ("runserver",),
    "flask": ("run",),
    "fastapi": ("dev",),
}
"""Programs that serve for development when the word follows (`nest start` compiles first)."""


def production(app: Definition, env_name: str = "", role: str = "") -> str:
    """Return what makes it evident that this app runs on production; empty: nothing does.

    `env_name` is what --env says, `role` the role of the host, as far as they are known.
    """
    for name in _SWITCHES:
        value = app.spec.env.get(name, "")
        if _PRODUCTION.fullmatch(value.strip()):
            return f"{name} is {value.strip()!r}"
    if _PRODUCTION.fullmatch(env_name):
        return f"--env is {env_name!r}"
    if _PRODUCTION_FILE.search(command_line.base(app.file)):
        return f"the file is called {command_line.base(app.file)!r}"
    if role and not _OTHER_ROLE.fullmatch(role):
        return f"the role of the host is {role!r}"
    return ""


def judge(
    apps: Iterable[Definition],
    *,
    env_name: str = "",
    role: str = "",
    packages: Mapping[str, Package],
    folders: Mapping[str, Sequence[str]],
    sources: Mapping[str, Sequence[Source]],
    stores: Mapping[str, Sequence[Source]] = {},
) -> list[Finding]:
    """Judge every app.

    By its name: `packages` around it, `folders` in it, `sources` that change the schema, and where
    it says in which `stores` its sessions are.
    """
    found: list[Finding] = []
    for app in apps:
        name = app.spec.name
        found += _cluster(app, packages.get(name, Package("")), stores.get(name, ()))
        evidence = production(app, env_name, role)
        found += _environment(app, evidence)
        found += _watch(app, evidence, folders.get(name, ()))
        if evidence:
            found += _dev_command(app, evidence, packages.get(name, Package("")))
            found += _synchronize(app, evidence, sources.get(name, ()))
    return found


def _cluster(app: Definition, package: Package, stores: Sequence[Source]) -> Iterator[Finding]:
    spec = app.spec
    if spec.channel == "cluster" and spec.instances == 1:
        hint = "exec_mode: 'fork'"
        field = "exec_mode" if app.line_of("exec_mode") != app.line_of("") else "instances"
        yield app.finding(CLUSTER_OF_ONE, "cluster mode with one instance", field, hint)
    if spec.instances < 2:
        return
    has = set(package.dependencies)
    if "socket.io" in has and not any("sticky" in each or "/pm2" in each for each in has):
        message = f"{spec.instances} instances with 'socket.io' and no sticky sessions"
        yield app.finding(CLUSTER_STATE, message, "instances", "add @socket.io/sticky")
    for library in sorted(has & SESSIONS):
        inside = next((each for each in stores if _IN_MEMORY.search(each.text)), None)
        if inside is None and (stores or any(map(_is_store, has))):
            continue  # one that instances share, also where we do not know its package
        seen = f" ({inside.text!r} in {inside.file}:{inside.line})" if inside else ""
        message = f"{spec.instances} instances, and {library!r} keeps sessions in memory{seen}"
        yield app.finding(CLUSTER_STATE, message, "instances", "use a store (connect-redis ...)")


def _is_store(name: str) -> bool:
    """Tell a package that keeps sessions for several instances."""
    return _STORE.search(name) is not None and name not in _NO_STORES


def _environment(app: Definition, evidence: str) -> Iterator[Finding]:
    said = [(name, app.spec.env[name].strip()) for name in _SWITCHES if app.spec.env.get(name)]
    developing = next((each for each in said if _DEVELOPMENT.fullmatch(each[1])), None)
    producing = next((each for each in said if _PRODUCTION.fullmatch(each[1])), None)
    if developing and producing:
        message = f"{developing[0]} is {developing[1]!r}, and {producing[0]} is {producing[1]!r}"
        yield app.finding(MIXED, message, app.variable(developing[0]), "one of them is wrong")
    elif developing and evidence:
        message = f"{developing[0]} is {developing[1]!r}, but {evidence}"
        hint = f"{developing[0]}=production"
        yield app.finding(NOT_PRODUCTION, message, app.variable(developing[0]), hint)


def _watch(app: Definition, evidence: str, folders: Sequence[str]) -> Iterator[Finding]:
    watch = app.spec.watch
    if watch is None:
        return
    if evidence:
        yield app.finding(WATCH, f"files are watched, and {evidence}", "watch", "watch: false")
    changing = [
        folder
        for folder in folders
        if command_line.base(folder) in _CHANGING
        and any(folder == path or folder.startswith(f"{path}/") for path in watch.paths)
        and not any(re.search(pattern, f"{folder}/x") for pattern in watch.ignore)
    ]
    if changing:
        names = ", ".join(repr(command_line.base(folder)) for folder in changing)
        hint = f"ignore_watch: [{names}]"
        yield app.finding(WATCH_CHANGING, f"watched, and changing: {names}", "watch", hint)


def _dev_command(app: Definition, evidence: str, package: Package) -> Iterator[Finding]:
    field = (
        "args" if app.spec.pm2 and app.spec.pm2.args else "script" if app.spec.pm2 else "command"
    )
    said = _development(app.spec.argv)
    script = command_line.npm_script(app.spec.argv)
    if not said and script:
        if re.fullmatch(r"(?:dev|develop|watch|serve:dev)(?::.*)?|.*:(?:dev|watch)", script):
            said = f"npm run {script}"
        elif inside := _development(tuple(dict(package.commands).get(script, "").split())):
            said = f"npm run {script} ({inside})"
    if said:
        message = f"{said!r} is for development, and {evidence}"
        yield app.finding(DEV_COMMAND, message, field)


def _development(argv: tuple[str, ...]) -> str:
    """Return the words that belong to development; empty for none."""
    for name, rest in command_line.programs(argv):
        words = [word for word in rest if not word.startswith("-")]
        if name in _DEV_PROGRAMS or (name == "vite" and not words):
            return name
        if words[:1] and words[0] in _DEV_WORDS.get(name, ()):
            return f"{name} {words[0]}"
    for word in command_line.words_of(argv):
        if re.fullmatch(r"--(?:reload|watch|inspect(?:-brk)?(?:=.*)?|debug)", word):
            return word.partition("=")[0]
    return ""


def _synchronize(app: Definition, evidence: str, sources: Sequence[Source]) -> Iterator[Finding]:
    for name, value in app.spec.env.items():
        if _SYNC_NAME.fullmatch(name) and value.strip().lower() in _TRUE:
            message = f"{name} is {value.strip()!r}, and {evidence}"
            yield app.finding(SYNCHRONIZE, message, app.variable(name), f"{name}=false")
    for source in sources:
        message = f"{source.text!r} in {source.file}:{source.line}, and {evidence}"
        yield app.finding(SYNCHRONIZE, message, hint="synchronize: false, and migrations")
