"""usher budget: whether the connections of a file's apps fit into what their databases have."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli import budgeting
from usher.cli.console import Console
from usher.cli.start import default_file, read, takes_environment
from usher.client import UsherError, usher_home
from usher.guard.database import budget
from usher.guard.database.budget import Budget, Demand
from usher.guard.database.pool import Sizing
from usher.model.spec import ServerSpec

PM2_SURGE = 2
"""Instances that PM2 reloads at a time, where nothing else is said."""


def configure(parser: ArgumentParser) -> None:
    """Take a file, or figures, or figures of the server for a file."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="(./usher.toml)")
    takes_environment(parser)
    app = parser.add_argument_group("an app by its figures, instead of a file")
    app.add_argument("--pool", type=_count, metavar="N", help="connections of one pool")
    app.add_argument("--instances", type=_count, metavar="N", help="instances of the app (1)")
    app.add_argument("--pools", type=_count, metavar="N", help="pools in one process (1)")
    app.add_argument("--surge", type=_count, metavar="N", help="beside them in a reload (2)")
    server = parser.add_argument_group("a server by its figures, instead of asking it")
    server.add_argument("--max-connections", type=_count, metavar="N")
    server.add_argument("--reserved", type=_count, metavar="N", help="for administrators (3)")
    server.add_argument("--others", type=_count, metavar="N", help="what everybody else uses (0)")
    parser.add_argument(
        "--doubled", action="store_true", help="the apps initialise their pools twice"
    )


def run(options: Namespace, console: Console) -> int:
    """Say the sum and the verdict. 2: over, a start is refused; 3: something is not known."""
    server = _server(options)
    if options.pool is not None and options.file is None:
        found = [_by_figures(options, server)]
    else:
        plan = read(options.file or default_file(Path.cwd()), options, console).plan
        names, home = [spec.name for spec in plan.services], usher_home(options.home)
        doubled = names if options.doubled else budgeting.doubled(home)
        held = budgeting.budgets(plan.services, home, doubled=doubled, server=server)
        found = [each.budget for each in held]
    code = _exit_code(found)
    if console.json:
        console.data({"budgets": [*map(budgeting.as_json, found)], "exit_code": int(code)})
        return code
    for each in found:
        _print(each, console)
    if not found:
        console.print("no app says that it uses a database (DATABASE_URL, DB_HOST, pool ...)")
    return code


def _server(options: Namespace) -> ServerSpec | None:
    usual = ServerSpec(0)
    reserved = usual.reserved if options.reserved is None else options.reserved
    if options.max_connections is not None:
        return ServerSpec(options.max_connections, reserved, options.others or 0)
    if options.reserved is not None or options.others is not None:
        raise UsherError(
            "cannot use --reserved or --others without --max-connections",
            hint="without figures the server itself is asked",
            exit_code=ExitCode.USAGE,
        )
    return None


def _by_figures(options: Namespace, server: ServerSpec | None) -> Budget:
    instances: int = options.instances or 1
    surge = PM2_SURGE if options.surge is None else options.surge
    sizing = Sizing(options.pool, "--pool", options.pools or 1, doubled=options.doubled, said=True)
    demand = Demand("app", instances, sizing, min(surge, instances))
    if server is None:
        return budget.judge("the database", [demand], None, "give --max-connections too")
    return budget.judge("the database", [demand], budget.declared(server))


def _exit_code(found: Sequence[Budget]) -> ExitCode:
    verdicts = {each.verdict for each in found}
    if "over" in verdicts:
        return ExitCode.REFUSED
    return ExitCode.NOT_READY if "unknown" in verdicts else ExitCode.OK


def _print(found: Budget, console: Console) -> None:
    colour = {"ok": "green", "warn": "yellow", "over": "red", "unknown": "yellow"}[found.verdict]
    sum_ = f"{found.need} of {found.limit.cap}" if found.limit else f"{found.need} of unknown"
    because = f" ({found.limit.words})" if found.limit else ""
    verdict = console.paint(found.verdict, colour)
    console.print(printable(f"{found.server}: {sum_}") + f", {verdict}" + printable(because))
    for each in found.demands:
        if each.steady is None:
            console.print(printable(f"  {each.app}  {each.instances} instances x pool unknown"))
            continue
        console.print(printable(f"  {each.app}  {each.sum} = {each.steady} ({each.sizing.source})"))
    if found.peak > found.need:
        cap = f" of {found.limit.cap}" if found.limit else ""
        console.print(f"  reload  peak {found.peak}{cap}" + ("" if found.peak_fits else ", over"))
    told = [each.message for each in budget.findings(found) if each.code == budget.UNKNOWN.code]
    if found.note and not told:
        told = [f"{found.server}: {found.note}"]
    for message in told[:1]:
        console.note(f"usher: {printable(message)}")
    for hint in dict.fromkeys(each.hint for each in budget.findings(found)):
        console.note(f"  -> {printable(hint)}")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:7]) <= 1_000_000):
        raise ArgumentTypeError("expected a whole number from 0 to 1000000")
    return int(text)
