"""usher drill: bring faults about in an app of usher's own, and show what becomes of them."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import UsherError, usher_home
from usher.config.load import load
from usher.drill.course import hold
from usher.drill.faults import FAULTS, shortfalls
from usher.drill.like import DEFAULTS, Settings, settings_of
from usher.drill.records import drills, keep
from usher.model.drill import Drill


def configure(parser: ArgumentParser) -> None:
    """Take faults, or what to show instead."""
    parser.add_argument(
        "faults", nargs="*", metavar="FAULT", help=f"one of {', '.join(FAULTS)} (all of them)"
    )
    parser.add_argument(
        "--like", metavar="APP", help="with its probe times, restart and stop settings"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="show the faults; none is tried")
    instead.add_argument("--history", action="store_true", help="show what earlier drills measured")


def run(options: Namespace, console: Console) -> int:
    """Return 0 when every fault was noticed and mended as promised, else 6."""
    faults = _chosen(options.faults)
    home = usher_home(options.home)
    if options.list:
        return _list(faults, console)
    if options.history:
        with _access(home):
            earlier = drills(home)
        wanted = [each for each in earlier if not options.faults or each.fault in faults]
        return _history(wanted, console)
    settings = _settings(options)
    with _access(home):
        keep(home, [])  # that results have a place is to be known before, not after a minute
    results = _held(faults, settings, console)
    with _access(home):
        results = keep(home, results)
    return _show(results, console)


def _chosen(words: Sequence[str]) -> list[str]:
    for word in words:
        if word not in FAULTS:
            raise UsherError(
                f"cannot drill {word!r}: there is no such fault",
                hint=f"usher drill --list ({', '.join(FAULTS)})",
                exit_code=ExitCode.USAGE,
            )
    return [name for name in FAULTS if name in words or not words]


def _settings(options: Namespace) -> Settings:
    """Take the settings of an app from the file it came from. Raises UsherError, ConfigError."""
    if options.like is None:
        return DEFAULTS
    file = client_of(options).service(options.like).origin.rpartition(":")[0]
    services = load(Path(file)).plan.services if file else ()
    spec = next((each for each in services if each.name == options.like), None)
    cannot = f"cannot drill with the settings of {options.like!r}"
    if spec is None:
        cause = f"{file!r} has no such app any more" if file else "it came from no file"
        raise UsherError(f"{cannot}: {cause}", exit_code=ExitCode.USAGE)
    settings = settings_of(spec)
    if settings is None:
        raise UsherError(
            f"{cannot}: no probe asks it, so no hang of it would be noticed",
            hint=f"probes.alive = {{ http = ... }} under [apps.{options.like}]",
            exit_code=ExitCode.USAGE,
        )
    return settings


def _held(faults: Sequence[str], settings: Settings, console: Console) -> list[Drill]:
    many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults side by side"
    console.note(
        f"usher: {many}, in apps and with a daemon of its own; nothing of yours is touched"
    )
    begin = time.monotonic()

    def tell(fault: str, what: str) -> None:
        console.note(f"{time.monotonic() - begin:6.1f} s  {fault}: {what}")

    # A fault meets its probe at any moment between two questions, as faults do.
    random = SystemRandom()
    moments = {fault: random.uniform(0.0, settings.own.interval) for fault in faults}
    return hold(moments, settings, tell)


@contextmanager
def _access(home: Path) -> Generator[None]:
    """Say what to do where the results cannot be read or kept."""
    try:
        yield
    except OSError as error:
        raise UsherError(
            f"cannot keep results in {str(home)!r}: {error.strerror}",
            hint="set USHER_HOME or --home to a folder of yours",
            exit_code=ExitCode.REFUSED,
        ) from None


# -- what is shown ---------------------------------------------------------------------------------


def _list(faults: Sequence[str], console: Console) -> int:
    chosen = {name: FAULTS[name] for name in faults}
    if console.json:
        told = [
            {"fault": name, "title": each.title, "outcome": each.outcome,
             "promise": each.promise._asdict()}
            for name, each in chosen.items()
        ]  # fmt: skip
        console.data({"faults": told, "exit_code": int(ExitCode.OK)})
        return ExitCode.OK
    for name, each in chosen.items():
        promise = each.promise
        within = f"told within {promise.detect:g} s, well again within {promise.recover:g} s"
        since = " of its end" if each.of_dependency else ""
        console.print(f"{name:<10}  {each.title}")
        console.print(f"{'':<10}  expected: {each.outcome}; {within}{since}")
    return ExitCode.OK


def _history(found: Sequence[Drill], console: Console) -> int:
    if console.json:
        console.data({"drills": [_as_json(each) for each in found], "exit_code": int(ExitCode.OK)})
        return ExitCode.OK
    if not found:
        console.print("no drill so far")
        return ExitCode.OK
    console.print(f"{'ID':<9}  {'TIME':<19}  {_HEAD}")
    for each in found:
        at = datetime.fromtimestamp(each.at).astimezone()
        console.print(f"{each.id:<9}  {at:%Y-%m-%d %H:%M:%S}  {_row(each, console)}")
    return ExitCode.OK


def _show(results: Sequence[Drill], console: Console) -> int:
    missed = {each.id: shortfalls(each) for each in results}
    code = ExitCode.FINDINGS if any(missed.values()) else ExitCode.OK
    if console.json:
        console.data({"drills": [_as_json(each) for each in results], "exit_code": int(code)})
        return code
    console.print(_HEAD)
    for each in results:
        console.print(_row(each, console))
    for each in results:
        for sentence in missed[each.id]:
            console.print(f"{each.fault}: {sentence}")
    good = sum(not sentences for sentences in missed.values())
    kept = results[0].id if len(results) == 1 else f"{results[0].id} to {results[-1].id}"
    console.note(f"{good} of {len(results)} as promised; kept as {kept} (usher drill --history)")
    return code


_COLUMNS = f"{'NOTICED':>8}  {'WELL AGAIN':>10}  {'RESTARTS':>8}  {'VERDICT':<7}  FIRST CAUSE"
_HEAD = f"{'FAULT':<10}  {_COLUMNS}"


def _row(result: Drill, console: Console) -> str:
    met = not _missed(result)
    verdict = console.paint(f"{'ok' if met else 'missed':<7}", "green" if met else "red")
    cells = f"{result.fault:<10}  {_seconds(result.detect):>8}  {_seconds(result.recover):>10}"
    like = f" (like {result.like})" if result.like else ""
    return f"{cells}  {result.restarts:>8}  {verdict}  {printable((result.cause or '-') + like)}"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _missed(result: Drill) -> tuple[str, ...]:
    """A fault of another version has no promise here."""
    return shortfalls(result) if result.fault in FAULTS else ()


def _as_json(result: Drill) -> dict[str, object]:
    return {"id": result.id, "fault": result.fault, "kind": result.kind, "at": result.at,
            "detect": result.detect, "recover": result.recover, "relieved": result.relieved,
            "cause": result.cause, "restarts": result.restarts, "version": result.version,
            "like": result.like, "shortfalls": _missed(result)}  # fmt: skip
