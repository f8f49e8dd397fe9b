"""usher's own form: a table of apps. A mistake anywhere refuses the whole file."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from msgspec.structs import replace

from usher.config.app import Surroundings, Written
from usher.config.build import build_service
from usher.config.check import Path, quote, read_table, read_value
from usher.config.document import Document
from usher.config.externals import build_externals
from usher.config.guard_file import build_rules
from usher.config.remotes import build_remotes
from usher.config.review import Review
from usher.config.schema import App, Name
from usher.model import graph
from usher.model.finding import SYNTAX, UNKNOWN_KEY, Finding
from usher.model.guard import Rules
from usher.model.spec import External, RemoteSpec, ServiceSpec

_TOP: Final = frozenset({"apps", "externals", "remotes", "guard"})

_ELSEWHERE: Final = {"alerts": "who is told of trouble stands in usher.alerts.toml"}


class Native(NamedTuple):
    """What a file of usher's own form says: its apps, or why there are none."""

    services: tuple[ServiceSpec, ...] = ()
    findings: tuple[Finding, ...] = ()
    lines: Mapping[str, Mapping[str, int]] = {}
    """App -> key as a person writes it ("ready.http") -> line; "" stands for the app itself."""
    unquoted: Mapping[str, tuple[str, ...]] = {}
    """App -> variables that are numbers or booleans in the file."""
    remotes: tuple[RemoteSpec, ...] = ()


def read_native(name: str, document: Document, around: Surroundings, source: str) -> Native:
    """Build every app of the file called `name`, or find everything that is wrong with it."""
    if document.positions.repeated:
        path, line = document.positions.repeated[0]
        message = f"cannot parse JSON: the key {path[-1]!r} stands there twice"
        return Native(findings=(Finding(message, file=name, line=line, code=SYNTAX),))
    review = Review(name, document.positions, elsewhere=around.elsewhere)
    apps = list(_apps(document.tree, review))
    services = tuple(
        build_service(written, around, f"{source}:{review.line_of(written.place('')[:2])}")
        for written in apps
    )
    remotes = _remotes(document.tree, around, source, review)
    guard = _guard(document.tree, source, review)
    review.judge(services)
    if review.findings:
        return Native(findings=review.findings)
    services = tuple(replace(service, guard=guard) for service in services)
    unquoted = {
        each.name: tuple(name for name, value in each.app.env.items() if not isinstance(value, str))
        for each in apps
    }
    lines = {name: review.lines_of(name) for name in review.written}
    return Native(services, lines=lines, unquoted=unquoted, remotes=remotes)


def _remotes(
    tree: object, around: Surroundings, source: str, review: Review
) -> tuple[RemoteSpec, ...]:
    """Build what stands under `remotes` beside the apps."""
    top = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}

    def origin(path: Path) -> str:
        return f"{source}:{review.line_of(path)}"

    remotes = build_remotes(top.get("remotes", {}), ("remotes",), around, origin, review.report)
    for remote in remotes:
        if remote.name in review.written:
            place = ("remotes", remote.name)
            review.report(place, "an app has this name already", "choose another")
    return remotes


def _guard(tree: object, source: str, review: Review) -> Rules | None:
    """Build the rules that stand under `guard` beside the apps."""
    top = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    if "guard" not in top:
        return None
    return build_rules(top["guard"], source, ("guard",), review.report)


def _apps(tree: object, review: Review) -> Iterator[Written]:
    top = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    for key in top.keys() - _TOP:
        hint = _ELSEWHERE.get(key) or graph.closest(key, _TOP) or "apps stand under 'apps'"
        review.report((key,), f"unknown key {quote(key)}", hint, UNKNOWN_KEY)
    found = top.get("apps")
    apps = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    if not apps and not top.get("remotes"):
        review.report(("apps",), "there are no apps", "write a table [apps.NAME] for each")
    externals = build_externals(top.get("externals", {}), ("externals",), review.report)
    for name in apps.keys() & externals.keys():
        review.report(("externals", name), "an app has this name already", "choose another")
    for name, value in apps.items():
        yield _app(name, value, externals, review)


def _app(name: str, value: object, externals: Mapping[str, External], review: Review) -> Written:
    path: Path = ("apps", name)
    review.enter(path, name[:64])
    read_value(Name, name, path, review.report)
    refuse_all(name, path, review)
    app = read_table(App, value, path, review.report) or App()

    def place(key: str) -> Path:
        return (*path, key)

    return review.keep(Written(name, app, place, review.report, externals))


def refuse_all(name: str, path: Path, review: Review) -> None:
    """Refuse the name that stands for every app."""
    if name == "all":
        review.report(path, "the name 'all' stands for every app in commands", "choose another")
