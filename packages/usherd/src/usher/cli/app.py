"""Runs one command: parses, calls, and turns every way it can end into an exit code."""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence

from usher.api.exit_codes import ExitCode
from usher.cli.console import Console
from usher.cli.parser import parse
from usher.client import UsherError
from usher.config.load import ConfigError


def main(argv: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    options = parse(argv)
    console = Console(json=options.json)
    try:
        return _run(options, console)
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python flushes once more at its end: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _run(options: Namespace, console: Console) -> int:
    # Ctrl-C ends this command only: services and keeper live in sessions of their own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return int(options.run(options, console))
    except UsherError as error:
        if console.json:
            console.data(error.problem())
        console.fail(str(error), hint=error.hint, details=error.details)
        return error.exit_code
    except ConfigError as error:
        if console.json:
            console.data({"findings": error.findings, "exit_code": int(ExitCode.USAGE)})
        details = [str(finding) for finding in error.findings]
        console.fail("cannot use the configuration: nothing was started", details=details)
        return ExitCode.USAGE
