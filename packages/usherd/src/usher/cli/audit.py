"""usher audit: who asked for what, from where, and how it ended."""

from argparse import ArgumentParser, Namespace

from usher.api.text import fit, printable
from usher.api.types import AuditEntry
from usher.cli.command import client_of, count
from usher.cli.console import Console


def configure(parser: ArgumentParser) -> None:
    """Take how many lines."""
    parser.add_argument(
        "--lines", type=count, default=100, metavar="N", help="only the last so many (100)"
    )


def run(options: Namespace, console: Console) -> int:
    """Print one line an entry, oldest first."""
    log = client_of(options).audit(lines=options.lines)
    if console.json:
        for entry in log.entries:
            console.data(entry)
    else:
        for entry in log.entries:
            console.print(shown(entry))
    return 0


def shown(entry: AuditEntry) -> str:
    """Put an entry on one line."""
    services = " ".join(entry.services)
    forced = f"forced {', '.join(entry.forced)}" if entry.forced else ""
    because = f"because: {entry.reason}" if entry.reason else ""
    config = f"{entry.config} {entry.digest[:12]}".strip()
    parts = (entry.request, services, config, forced, because, entry.detail)
    what = " ".join(part for part in parts if part)
    return printable(
        f"{fit(entry.time, 30)} {fit(origin(entry), 24)} {fit(entry.outcome, 8)} {what}"
    )


def origin(entry: AuditEntry) -> str:
    """Say who it was and from where: "ops@pts/3 from 10.0.0.9"."""
    if entry.uid < 0:
        return "usher" if entry.request == "boot" else ""
    user = entry.user or f"uid {entry.uid}"
    place = f"@{entry.terminal}" if entry.terminal else f" by {entry.program}" * bool(entry.program)
    return f"{user}{place}{f' from {entry.address}' if entry.address else ''}"
