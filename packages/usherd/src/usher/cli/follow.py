"""Follows a request to its report, and says how it ended."""

from collections.abc import Iterator

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.api.types import Frame, Report
from usher.cli.console import Console
from usher.cli.progress import Progress
from usher.client import LostError


def follow(frames: Iterator[Frame], console: Console) -> Report:
    """Show what happens until the report comes. Raises LostError when it never does.

    Ctrl-C ends the showing only: the request was taken and goes on.
    """
    progress = Progress(console)
    try:
        for frame in frames:
            if frame.event is not None:
                progress.show(frame.event)
            if frame.report is not None:
                return frame.report
    except KeyboardInterrupt:
        console.note("\nthe request goes on; `usher list` shows how far it is")
        raise
    finally:
        progress.close()
    raise LostError(
        "cannot tell how it ended: the daemon ended first",
        hint="the request goes on when it is back; see `usher list`",
    )


def conclude(report: Report, console: Console, done: str, *, waited: bool = True) -> int:
    """Say how a request ended: `done` when all is well, else why, with the last output lines."""
    report = report if waited else accepted(report)
    if console.json:
        console.data(report)
    elif report.outcome == "done":
        console.print(done)
    elif report.exit_code == ExitCode.OK:
        console.print(report.detail)
    else:
        explain(report, console)
    return report.exit_code


def accepted(report: Report) -> Report:
    """Turn "not done yet" into what somebody who would not wait asked for."""
    if report.outcome != "timeout":
        return report
    return msgspec.structs.replace(report, exit_code=ExitCode.OK, result="", detail="under way")


def explain(report: Report, console: Console) -> None:
    """Write what went wrong, service by service, and the evidence."""
    reason = ": ".join(part for part in (report.result, report.detail) if part)
    console.fail(f"{report.outcome}: {reason}" if reason else report.outcome)
    for service in report.services:
        if service.want == "up" and service.status not in ("active", "inactive"):
            why = f": {service.detail}" if service.detail else ""
            console.note(printable(f"  {service.name} is {service.status}{why}"))
    for tail in report.tails:
        if tail.lines:
            console.note(printable(f"last lines of {tail.service}:{tail.slot}:"))
        for line in tail.lines:
            console.note(f"  | {printable(line)}")
