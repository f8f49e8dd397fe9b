"""usher compare: two hosts side by side, from what `usher facts` wrote on each; or env files."""

import secrets
from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.console import Console
from usher.cli.env_files import hashed_file
from usher.cli.facts import key_of, takes_key
from usher.client import UsherError
from usher.guard import parity
from usher.guard.env_compare import hashed
from usher.guard.parity import Row
from usher.model.facts import AppFacts, HostFacts


def configure(parser: ArgumentParser) -> None:
    """Take the two files."""
    parser.add_argument(
        "a", metavar="A", help="what `usher facts` wrote on one host, or an env file"
    )
    parser.add_argument("b", metavar="B", help="the same of the other host")
    takes_key(parser)


def run(options: Namespace, console: Console) -> int:
    """Print what differs, one line each; 6 when something does."""
    key = key_of(options) or secrets.token_bytes(32)
    a, b = _read(options.a, key), _read(options.b, key)
    rows = parity.compare(a, b)
    values = a.key == b.key
    if console.json:
        console.data({"a": a.host, "b": b.host, "values_compared": values, "differences": rows})
        return _code(rows)
    for row in rows:
        console.print(printable(_line(row)))
    if not values:
        console.note("usher: values were not compared: the facts have different keys (--key-file)")
    if not rows:
        console.print(f"{a.host} and {b.host}: nothing differs")
    return _code(rows)


def _code(rows: list[Row]) -> int:
    return ExitCode.FINDINGS if rows else ExitCode.OK


def _read(name: str, key: bytes) -> HostFacts:
    """Read facts, or an env file as the only app of a host. Raises UsherError."""
    try:
        data = Path(name).read_bytes()[: 16 * 1024 * 1024]
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise UsherError(f"cannot read {name!r}: {reason}", exit_code=ExitCode.USAGE) from None
    if not data.lstrip().startswith(b"{"):
        return HostFacts(
            host=name, key=hashed("usher", key), apps={"": AppFacts(env=hashed_file(name, key))}
        )
    try:
        return msgspec.json.decode(data, type=HostFacts)
    except msgspec.DecodeError:
        raise UsherError(
            f"cannot compare {name!r}: neither facts nor an env file",
            hint="usher facts FILE > facts.json, on each host",
            exit_code=ExitCode.USAGE,
        ) from None


def _line(row: Row) -> str:
    about = f"{row.area} {row.app}".strip()
    said = f"{row.a} / {row.b}" if row.a and row.b else row.a or row.b
    return f"{row.standing:<8} {about}: {row.name}" + (f" ({said})" if said else "")
