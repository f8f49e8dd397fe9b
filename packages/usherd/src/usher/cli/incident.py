"""usher incident: the report of one incident, and what people do about it."""

from argparse import ArgumentParser, Namespace
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.cli.collecting import takes_collect
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.follow import conclude
from usher.cli.language import language_of, takes_language
from usher.cli.reporting import collect, named, show
from usher.client import Client, UsherError
from usher.incidents.wording import WORDS
from usher.model.care import Act, Close, Finish, LookAfter, Prevent
from usher.model.incident import Incident

_OF_ACTION: Final = {
    "note": "ack",
    "kind": "prevent",
    "owner": "prevent",
    "due": "prevent",
    "no_prevention": "close",
    "collect": "show",
    "md": "show",
    "html": "show",
}
"""Option -> the action that takes it."""


def configure(parser: ArgumentParser) -> None:
    """Take what to do, with which incident, and how."""
    parser.add_argument(
        "action", choices=("show", "ack", "prevent", "finish", "close"),
        help="show its report; ack: look after it; prevent: write down what keeps it from coming "
        "back; finish: such a measure is in force; close its report",
    )  # fmt: skip
    parser.add_argument("number", metavar="ID", help="as in `usher incidents`: INC-7, 7, or latest")
    parser.add_argument(
        "text", nargs="?", default="", metavar="TEXT|N",
        help="prevent: the measure (without it, all that usher proposes); finish: its number",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--md", action="store_true", help="show: as Markdown, to paste")
    form.add_argument("--html", action="store_true", help="show: as one HTML page")
    takes_collect(parser)
    parser.add_argument("--note", metavar="TEXT", help="ack: what is known")
    parser.add_argument(
        "--kind", choices=("guard", "probe", "limit", "config", "code", "process"),
        help="prevent: what the measure is (process: how people work)",
    )  # fmt: skip
    parser.add_argument("--owner", metavar="WHO", help="prevent: who sees to it")
    parser.add_argument("--due", metavar="DAY", help="prevent: until when, as in 2026-11-30")
    parser.add_argument(
        "--no-prevention", metavar="REASON", help="close: why nothing has to prevent it"
    )
    takes_language(parser)


def run(options: Namespace, console: Console) -> int:
    """Write the report to standard output, or do what is to be done."""
    _refuse_others(options)
    client = client_of(options)
    incident = named(client.incidents(), options.number, options.action)
    if options.action == "show":
        if options.collect is not None:
            return collect(options, console, client, incident)
        return show(options, console, client, incident)
    reports = [client.incident_act(incident.id, act) for act in _acts(options, client, incident)]
    return conclude(reports[-1], console, reports[-1].detail)


def _refuse_others(options: Namespace) -> None:
    """Refuse what would be taken and not be heeded."""
    for name, action in _OF_ACTION.items():
        if getattr(options, name) and action != options.action:
            raise UsherError(
                f"cannot use --{name.replace('_', '-')}: only `incident {action}` takes it",
                exit_code=ExitCode.USAGE,
            )
    if options.text and options.action not in ("prevent", "finish"):
        raise UsherError(
            f"cannot {options.action} {options.text!r}: it takes one incident",
            hint=f"usher incident {options.action} {options.number}",
            exit_code=ExitCode.USAGE,
        )


def _acts(options: Namespace, client: Client, incident: Incident) -> list[Act]:
    """Return at least one. Raises UsherError."""
    match options.action:
        case "ack":
            return [LookAfter(options.note or "")]
        case "prevent":
            return _measures(options, client, incident)
        case "finish":
            return [Finish(_number(options.text))]
        case _:
            return [Close(options.no_prevention or "")]


def _measures(options: Namespace, client: Client, incident: Incident) -> list[Act]:
    owner, due = options.owner or "", options.due or ""
    if options.text:
        return [Prevent(options.text, options.kind or "process", owner, due)]
    proposed = client.prevention(incident.id).proposals
    if not proposed:
        raise UsherError(
            f"cannot prevent {incident.id}: usher has no setting to propose",
            hint=f"usher incident prevent {incident.id} 'what keeps it from coming back'",
            exit_code=ExitCode.USAGE,
        )
    words = WORDS[language_of(options)]
    return [Prevent(words[each.key], each.kind, owner, due) for each in proposed]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise UsherError(
            f"cannot finish {text!r}: the number of a measure is missing",
            hint="usher incident finish INC-7 1",
            exit_code=ExitCode.USAGE,
        )
    return int(text[:6])
