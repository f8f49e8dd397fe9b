"""usher env: the environment of an app, masked, and what set each variable; diff and lint."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from usher.api.exit_codes import ExitCode
from usher.api.text import counted, printable
from usher.api.types import ServiceStatus
from usher.cli import env_files
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import UsherError, usher_home


def configure(parser: ArgumentParser) -> None:
    """Take whose environment, or what is compared; and which value a person wants to see."""
    parser.add_argument(
        "words",
        nargs="+",
        metavar="NAME|diff|lint",
        help="name of an app; `diff A B`: env files, FILE:APP, or running apps; `lint [FOLDER]`: "
        "names that documents and code do not share",
    )
    parser.add_argument(
        "--reveal", metavar="KEY", help="show this one value, on a terminal only; it is recorded"
    )
    parser.add_argument(
        "--sources", action="store_true", help="show what set each variable, and what differs"
    )


def run(options: Namespace, console: Console) -> int:
    """Print one line a variable; values that may be secrets are never among them."""
    match options.words:
        case ["diff", a, b]:
            return env_files.show_diff(a, b, usher_home(options.home), console)
        case ["lint", folder]:
            return env_files.show_lint(folder, console)
        case ["lint"]:
            return env_files.show_lint(".", console)
        case [name]:
            return _show(name, options, console)
        case words:
            raise UsherError(
                f"cannot show {' '.join(words)!r}: expected a name, `diff A B` or `lint [FOLDER]`",
                exit_code=ExitCode.USAGE,
            )


def _show(name: str, options: Namespace, console: Console) -> int:
    client = client_of(options)
    if options.reveal:
        if not sys.stdout.isatty() or console.json:
            raise UsherError(
                f"cannot reveal {options.reveal!r}: standard output is no terminal",
                hint="a value that is read by a program belongs into `env_file` or `secrets`",
                exit_code=ExitCode.REFUSED,
            )
        console.raw(printable(client.reveal(name, options.reveal)) + "\n")
        return ExitCode.OK
    service = client.service(name)
    if console.json and options.sources:
        console.data({"variables": [*_variables(service)], "env_drift": service.env_drift})
    elif console.json:
        console.data(service.env)
    elif options.sources:
        for each in _variables(service):
            line = f"{each['name']}: {each['value']}  ({each['source']})"
            console.print(printable(line + "  differs" * bool(each["differs"])))
    else:
        for variable, value in service.env.items():
            console.print(printable(f"{variable}: {value}"))
    if service.env_drift and not console.json:
        names, differing = ", ".join(service.env_drift), len(service.env_drift)
        console.note(printable(f"env drift: {counted(differing, 'variable')} ({names})"))
    return ExitCode.OK


def _variables(service: ServiceStatus) -> Iterator[dict[str, str | bool]]:
    secrets = {name: "" for name in service.env_sources if name not in service.env}
    for name, value in (service.env | secrets).items():
        source = service.env_sources.get(name, "shell")
        if source == "shell":
            source = "the shell of its start, no file says it"
        yield {
            "name": name,
            "value": value or ("***" if name in secrets else ""),
            "source": source,
            "differs": name in service.env_drift,
        }
    for name in service.env_drift:
        if name not in service.env and name not in secrets:
            yield {"name": name, "value": "", "source": "only in the env file", "differs": True}
