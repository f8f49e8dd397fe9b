"""PM2's files: each app is read alone, so that one that is wrong does not keep others away."""

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final, NamedTuple, cast

from usher.config.app import Choice, Surroundings, Written
from usher.config.check import Path, quote, read_table
from usher.config.document import Document
from usher.config.externals import build_externals
from usher.config.guard_file import build_rules
from usher.config.javascript.evaluate import EnvRead
from usher.config.native import refuse_all
from usher.config.pm2.build import Built, build_pm2_service
from usher.config.pm2.ecosystem import Ecosystem, survey
from usher.config.pm2.fields import Fields, canonical, canonical_name
from usher.config.pm2.listed import Listed
from usher.config.pm2.static import SCRIPT, as_app, turn_into_server
from usher.config.positions import Positions
from usher.config.remotes import build_remotes
from usher.config.review import Review
from usher.config.schema import App, Native, Pm2App
from usher.model.finding import UNKNOWN_KEY, VALUE, Finding
from usher.model.graph import closest
from usher.model.guard import Rules
from usher.model.spec import External, RemoteSpec, ServiceSpec

WITH_A_FILE: Final = frozenset({"watch", "namespace", "cwd"})
"""The only flags that PM2 heeds beside a file; the last two only where the file is silent."""

COMMAND_LINE: Final = "command line"
"""Stands for a file in findings about `usher pm2 start SCRIPT`."""

_BESIDE: Final = frozenset({"guard", "externals", "remotes"})
"""Keys of usher's that stand beside the apps."""

_NATIVE: Final = frozenset(Native.__struct_encode_fields__)
_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}")


class Pm2File(NamedTuple):
    """What a file of PM2's form says."""

    services: tuple[ServiceSpec, ...]
    findings: tuple[Finding, ...]
    sources: Mapping[str, Mapping[str, str]]
    deploy: Mapping[str, object]
    lines: Mapping[str, Mapping[str, int]] = {}
    """App -> key as a person writes it -> line; "" stands for the app itself."""
    guard: Rules | None = None
    remotes: tuple[RemoteSpec, ...] = ()


class _Entry(NamedTuple):
    """One app with its place."""

    path: Path
    listed: Listed


def read_pm2(name: str, document: Document, around: Surroundings, choice: Choice) -> Pm2File:
    """Build every app that is good, and say what is wrong with the others."""
    ecosystem = survey(document.tree)
    review = Review(name, document.positions, elsewhere=around.elsewhere)
    reader = _Reader(review, around, choice, document.reads)
    reader.env_is_defined = _defines(ecosystem, choice.env_name)
    source = str(around.folder / FilePath(name).name)
    reader.tell_about_the_file(ecosystem.unknown, document.positions)
    reader.read_externals(ecosystem.usher)
    servers = [(path, reader.server(path, value)) for path, value in ecosystem.static]
    entries = [
        entry
        for path, app in [*ecosystem.apps, *servers]
        if (entry := reader.enter(path, app, ecosystem.deploy)) is not None
    ]
    if not ecosystem.apps and not ecosystem.static:
        reader.review.warn(("apps",), "there are no apps")
    remotes = reader.remotes(ecosystem.usher, source)
    guard = reader.guard(ecosystem.usher, source)
    built = reader.build(entries, source)
    return built._replace(deploy=ecosystem.deploy, guard=guard, remotes=remotes)


def read_script(app: Mapping[str, object], around: Surroundings) -> Pm2File:
    """Build the one app that a command line describes."""
    reader = _Reader(Review(COMMAND_LINE, Positions()), around, Choice(compat=True), ())
    entry = reader.enter((), app, {})
    return reader.build([] if entry is None else [entry], "")


class _Reader:
    """Reads the apps of one file."""

    def __init__(
        self, review: Review, around: Surroundings, choice: Choice, reads: tuple[EnvRead, ...]
    ) -> None:
        self.review = review
        self.env_is_defined = False
        """Whether any app of the file knows the environment that is asked for."""
        self._around = around
        self._choice = choice
        self._externals: Mapping[str, External] = {}
        self._unset = [read.name for read in reads if not read.was_set]

    def tell_about_the_file(self, unknown: tuple[str, ...], positions: Positions) -> None:
        for key in unknown:
            # Other keys may hold what the file's author shares between apps (YAML's anchors).
            if hint := closest(key, ("apps", "deploy", "static")):
                self._doubt((key,), f"unknown key {quote(key)}", hint)
        for path, line in positions.repeated:
            message = f"the key {path[-1]!r} stands there twice; that of line {line} counts"
            self.review.warn(path, message)
        for key in self._choice.overrides:
            if canonical_name(key) not in WITH_A_FILE:
                message = f"--{key.replace('_', '-')} has no effect beside a file"
                self.review.warn((), message, "write it into the file")

    def read_externals(self, table: Mapping[str, object]) -> None:
        """Build what stands under `usher.externals`, beside the apps."""
        place = ("usher", "externals")
        self._externals = build_externals(table.get("externals", {}), place, self.review.report)

    def remotes(self, table: Mapping[str, object], source: str) -> tuple[RemoteSpec, ...]:
        """Build what stands under `usher.remotes`, beside the apps."""

        def origin(path: Path) -> str:
            return f"{source}:{self.review.line_of(path)}"

        place = ("usher", "remotes")
        tree = table.get("remotes", {})
        return build_remotes(tree, place, self._around, origin, self.review.report)

    def guard(self, table: Mapping[str, object], source: str) -> Rules | None:
        """Build the rules under `usher.guard`, beside the apps."""
        for key in table.keys() - _BESIDE:
            self._doubt(("usher", key), f"unknown key {quote(key)}", closest(key, _BESIDE))
        if "guard" not in table:
            return None
        return build_rules(table["guard"], source, ("usher", "guard"), self.review.report)

    def server(self, path: Path, value: object) -> object:
        """Turn an entry of `static` into an app; what is none stays for `enter` to refuse."""
        return as_app(path, value, self.review.report) or value

    def enter(self, path: Path, value: object, deploy: Mapping[str, object]) -> _Entry | None:
        """Read one app; None when it is none at all."""
        table = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        label = _label(table) or _numbered(path)
        self.review.enter(path, label[:64])
        if not isinstance(value, dict):
            self.review.report(path, f"cannot use {quote(value)}: expected a table")
            return None
        fields = self._fields(path, table)
        app = read_table(Pm2App, fields.table, path, self._reporter(path, fields)) or Pm2App()
        return _Entry(path, self._listed(path, label, app, fields, deploy))

    def build(self, entries: list[_Entry], source: str) -> Pm2File:
        """Build services until those that are left have no quarrel with each other."""
        chosen = self._chosen(entries)
        built: dict[Path, Built] = {}
        for path, listed in entries:
            self.review.keep(listed.written)
            line = self.review.line_of(path)
            origin = f"{source}:{line}" if line else source
            built[path] = build_pm2_service(listed, self._around, origin)
            self._tell_undefined(path, built[path])
        while True:
            good = {path: one for path, one in built.items() if not self.review.failed(path)}
            self.review.judge([one.service for one in good.values()])
            if not any(self.review.failed(path) for path in good):
                break
        wanted = [one for path, one in good.items() if path in chosen]
        others = {path for path, _ in entries} - chosen
        return Pm2File(
            tuple(one.service for one in wanted),
            self.review.findings_without(others),
            {one.service.name: one.environment.sources for one in wanted},
            {},
            {one.service.name: self.review.lines_of(one.service.name) for one in wanted},
        )

    def _fields(self, path: Path, table: dict[str, object]) -> Fields:
        def warn(key: str, message: str, hint: str) -> None:
            misplaced = key in _NATIVE and "unknown" in message
            self._doubt((*path, key), message, "it stands under 'usher'" if misplaced else hint)

        fields = canonical(table, warn)
        for key, value in self._choice.overrides.items():
            name = canonical_name(key)
            if name == "watch" or (name in WITH_A_FILE and name not in fields.table):
                fields.table[name] = value
        if fields.table.get("script") == SCRIPT:
            turn_into_server(fields.table)
        return fields

    def _reporter(self, path: Path, fields: Fields) -> Any:
        """Report under the name that the author used."""

        def report(at: Path, message: str, hint: str, code: str = VALUE, /) -> None:
            if len(at) > len(path):
                key = at[len(path)]
                at = (*path, fields.spelled.get(str(key), key), *at[len(path) + 1 :])
            self.review.report(at, message, hint, code)

        return report

    def _listed(
        self, path: Path, label: str, app: Pm2App, fields: Fields, deploy: Mapping[str, object]
    ) -> Listed:
        env_name = self._choice.env_name
        if app.append_env_to_name and env_name:
            label = f"{label}-{env_name}"
        if not label.isprintable() or len(label) > 200:
            self.review.report((*path, "name"), f"cannot use {quote(label)} as a name")
        refuse_all(label, (*path, "name"), self.review)
        own = {key: getattr(app.usher, key) for key in Native.__struct_fields__}
        under_usher = cast("dict[str, object]", fields.table.get("usher") or {})

        def place(key: str) -> Path:
            native = key in _NATIVE and (key in under_usher or key not in fields.spelled)
            return (*path, "usher", key) if native else (*path, fields.spelled.get(key, key))

        def warn(key: str, message: str, hint: str) -> None:
            self.review.warn(place(key), message, hint)

        name = self._service_name(label)
        one = Written(name, App(**own), place, self.review.report, self._externals)
        written = self.review.keep(one)
        environments = cast("dict[str, dict[str, Any]]", fields.environments)
        deployed = _deploy_env(deploy, env_name)
        self._check_env_name(path, environments, deployed)
        return Listed(
            name,
            label,
            app,
            written,
            environments,
            deployed,
            env_name,
            fields.shown,
            warn,
            self._around.folder,
        )

    def _service_name(self, label: str) -> str:
        """Find a name that is safe in paths and that no other app of the file has."""
        safe = label
        if not _SAFE.fullmatch(label):
            safe = re.sub(r"[^A-Za-z0-9._@-]", "-", label).lstrip("-.@")[:56] or "app"
        name, number = safe, 1
        while name in self.review.written:
            number += 1
            name = f"{safe[:56]}@{number}"
        return name

    def _check_env_name(
        self, path: Path, environments: Mapping[str, object], deployed: Mapping[str, object]
    ) -> None:
        name = self._choice.env_name
        if not name or name in environments or deployed:
            return
        message = f"the environment {quote(name)} is not defined"
        hint = f"write env_{name}, or another --env"
        place = (*path, "env")
        if self._choice.compat or self.env_is_defined:
            self.review.warn(place, message, hint)
        else:
            self.review.report(place, message, hint)

    def _chosen(self, entries: list[_Entry]) -> set[Path]:
        only = self._choice.only
        if not only:
            return {path for path, _ in entries}
        known = {listed.label for _, listed in entries} | {listed.name for _, listed in entries}
        for name in only:
            if name not in known:
                self._unknown_name(name, known)
        return {path for path, listed in entries if {listed.label, listed.name} & set(only)}

    def _unknown_name(self, name: str, known: set[str]) -> None:
        message, hint = f"no app is called {quote(name)}", closest(name, known)
        if self._choice.compat:
            self.review.warn(("apps",), message, hint)
        else:
            self.review.report(("apps", name), message, hint)

    def _doubt(self, path: Path, message: str, hint: str) -> None:
        """Warn about what has no effect; with `strict` that is an error."""
        if self._choice.strict:
            self.review.report(path, message, hint, UNKNOWN_KEY)
        else:
            self.review.warn(path, message, hint, UNKNOWN_KEY)

    def _tell_undefined(self, path: Path, built: Built) -> None:
        for source, name in built.environment.undefined:
            unset = ", ".join([name] if name in self._unset else self._unset[:5])
            hint = f"the file reads what is not set here: {unset}" if unset else ""
            message = "the value is undefined, so the variable is not set"
            self.review.warn((*path, source, name), message, hint)


def _numbered(path: Path) -> str:
    """Name an app that has no name by its place."""
    position = path[-1] if path else 0
    return f"#{position + 1}" if isinstance(position, int) else "#1"


def _label(table: Mapping[str, object]) -> str:
    """Return the name of an app: as given, else its script's without suffix."""
    name = table.get("name")
    if isinstance(name, str) and name:
        return name
    for key, value in table.items():
        if canonical_name(key) == "script" and isinstance(value, str):
            return FilePath(value).stem
    return ""


def _defines(ecosystem: Ecosystem, env_name: str) -> bool:
    """Tell whether an environment is known to any app, or to `deploy`."""
    key = f"env_{env_name}"
    apps = (app for _, app in ecosystem.apps)
    return env_name in ecosystem.deploy or any(isinstance(app, dict) and key in app for app in apps)


def _deploy_env(deploy: Mapping[str, object], env_name: str) -> dict[str, Any]:
    """Return `deploy.<env>.env`."""
    section = deploy.get(env_name)
    env = cast("dict[str, object]", section).get("env") if isinstance(section, dict) else None
    return cast("dict[str, Any]", env) if isinstance(env, dict) else {}
