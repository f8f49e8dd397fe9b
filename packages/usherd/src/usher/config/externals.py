"""`externals`: what apps depend on and usher does not run, and how it is asked for."""

from typing import Final, cast

from usher.config import schema
from usher.config.check import Path, Report, read_table, read_value
from usher.config.questions import elsewhere
from usher.model.spec import CommandTarget, External, HttpTarget, SocketTarget, TcpTarget

_KINDS: Final = ("http", "tcp", "socket", "command")


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
        target = _target(written)
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


def _target(written: schema.External) -> HttpTarget | TcpTarget | SocketTarget | CommandTarget:
    """Build what is asked. Raises ValueError."""
    given = [kind for kind in _KINDS if getattr(written, kind)]
    if len(given) != 1:
        raise ValueError(f"expected one of {', '.join(_KINDS)}, found {len(given) or 'none'}")
    if written.http is None and not (written.status is None and written.host is None):
        raise ValueError("'status' and 'host' belong to 'http'")
    if written.socket is not None:
        if not written.socket.startswith("/"):
            raise ValueError(f"cannot ask {written.socket[:100]!r}: expected an absolute path")
        return SocketTarget(written.socket)
    return elsewhere(written)


def _or(given: float | None, default: float) -> float:
    return default if given is None else float(given)
