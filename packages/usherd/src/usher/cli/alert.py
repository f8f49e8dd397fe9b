"""usher alert: who is told of trouble; hold it back, look after it, try whether it arrives."""

from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path
from typing import Final

from usher.api.alerts import AlertStatus, ChannelStatus
from usher.api.exit_codes import ExitCode
from usher.api.text import fit, printable
from usher.cli.command import client_of, seconds
from usher.cli.console import Console
from usher.cli.follow import conclude
from usher.client import UsherError, usher_home
from usher.model.alert import Alert

USUAL: Final = 3600.0
"""Seconds for which alerts are muted unless somebody says otherwise."""

_COLORS: Final = {"critical": "red", "major": "yellow", "minor": "dim"}


def configure(parser: ArgumentParser) -> None:
    """Take what to do, with what, and for how long."""
    parser.add_argument(
        "action", nargs="?", choices=("list", "test", "mute", "unmute", "ack"), default="list",
        help="list what is open and the channels (usual), test channels, mute or unmute an app "
        "or all, ack an alert: no more reminders of it",
    )  # fmt: skip
    parser.add_argument("name", nargs="?", default="", metavar="APP|CHANNEL|ID")
    parser.add_argument(
        "--for", dest="duration", type=seconds, metavar="TIME", help="mute: how long (default: 1h)"
    )


def run(options: Namespace, console: Console) -> int:
    """List (6: somebody cannot be told), test (3: something did not arrive), mute, unmute, ack."""
    if options.duration is not None and options.action != "mute":
        raise UsherError("cannot use --for: only mute takes it", exit_code=ExitCode.USAGE)
    match options.action:
        case "test":
            return _test(options, console)
        case "mute":
            duration = USUAL if options.duration is None else options.duration
            report = client_of(options).alerts_mute(options.name, duration)
            return conclude(report, console, report.detail)
        case "unmute":
            report = client_of(options).alerts_mute(options.name)
            return conclude(report, console, report.detail)
        case "ack":
            if not options.name:
                hint = "usher alert ack INC-7, or the name of an app"
                raise UsherError(
                    "cannot ack: the alert is missing", hint=hint, exit_code=ExitCode.USAGE
                )
            report = client_of(options).alerts_ack(options.name)
            return conclude(report, console, report.detail)
        case _:
            return _list(client_of(options).alerts(), usher_home(options.home), console)


def _test(options: Namespace, console: Console) -> int:
    tried = client_of(options).alerts_test([options.name] if options.name else [])
    if not tried:
        hint = "write usher.alerts.toml (docs/reference/alerts.md)"
        raise UsherError("cannot test: there is no channel", hint=hint, exit_code=ExitCode.USAGE)
    failed = any(each.failure for each in tried)
    code = ExitCode.NOT_READY if failed else ExitCode.OK
    if console.json:
        console.data({"channels": tried, "exit_code": int(code)})
        return code
    for each in tried:
        outcome = each.failure or "accepted"
        color = "red" if each.failure else "green"
        console.print(f"{each.channel}: {console.paint(printable(outcome), color)}")
    return code


def _list(status: AlertStatus, home: Path, console: Console) -> int:
    troubled = any(each.severity == "error" for each in status.findings)
    troubled = troubled or any(each.failure for each in status.channels)
    code = ExitCode.FINDINGS if troubled else ExitCode.OK
    if console.json:
        console.data({**_fields(status), "exit_code": int(code)})
        return code
    for alert in status.alerts:
        console.print(_alert_line(alert, console))
    if not status.alerts:
        console.print("no trouble is open")
    for mute in status.mutes:
        console.print(printable(f"muted: {mute.service or 'all'} until {_clock(mute.until)}"))
    if status.quiet:
        console.print("quiet hours: only what is urgent is told")
    for channel in status.channels:
        console.print(_channel_line(channel, console))
    if not status.channels:
        console.print("nobody is told: no usher.alerts.toml names a channel")
        console.print(f"  -> write one in {printable(str(home))} (docs/how-to/usher-be-told.md)")
    for finding in status.findings:
        console.note(f"usher: {printable(str(finding))}")
    return code


def _fields(status: AlertStatus) -> dict[str, object]:
    return {name: getattr(status, name) for name in AlertStatus.__struct_fields__}


def _alert_line(alert: Alert, console: Console) -> str:
    severity = console.paint(f"{alert.severity:<8}", _COLORS[alert.severity])
    acked = " (looked after)" if alert.state == "ack" else ""
    what = printable(f"{alert.subject}: {alert.evidence}")
    return f"{severity}  {_clock(alert.first_seen)}  {printable(alert.id)}  {what}{acked}"


def _channel_line(channel: ChannelStatus, console: Console) -> str:
    begin = f"{fit(channel.name, 16)} {fit(channel.kind, 8)} from {channel.severity}"
    if channel.failure:
        since = "" if channel.failing_since is None else f" since {_clock(channel.failing_since)}"
        told = printable(f"{channel.waiting} waiting{since}: {channel.failure}")
        return f"{begin}  {console.paint(told, 'red')}"
    if channel.delivered is None:
        return f"{begin}  nothing sent so far (usher alert test {channel.name})"
    return f"{begin}  last accepted {_clock(channel.delivered)}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
