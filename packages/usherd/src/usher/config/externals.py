"""`externals`: what apps depend on and usher does not run, and how it is asked for."""

from typing import cast

from usher.config import schema
from usher.config.check import Path, Report, read_table, read_value
from usher.config.targets import build_target
from usher.model.spec import External
from usher.model.target import SocketTarget


def build_externals(tree: object, at: Path, report: Report) -> dict[str, External]:
    """Build all that stand at `at`; what is wrong is reported, and the name stays known."""
    if not isinstance(tree, dict):
        report(at, "expected a table of externals", "write a table [externals.NAME] for each")
        return {}
    return {
        name: _external(name, value, (*at, name), report)
        for name, value in cast("dict[str, object]", tree).items()
    }


def _external(name: str, value: object, at: Path, report: Report) -> External:
    read_value(schema.Name, name, at, report)
    written = read_table(schema.External, value, at, report)
    default = External(name=name, target=SocketTarget(""))
    if written is None:
        return default
    try:
        target = build_target(written)
    except ValueError as error:
        report(at, str(error), "")
        return default
    return External(
        name=name,
        target=target,
        interval=_or(written.interval, default.interval),
        timeout=_or(written.timeout, default.timeout),
        patience=_or(written.patience, default.patience),
    )


def _or(given: float | None, default: float) -> float:
    return default if given is None else float(given)
