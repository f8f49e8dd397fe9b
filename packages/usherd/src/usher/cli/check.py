"""usher check: say what is wrong with a configuration file, and start nothing."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.cli.console import Console
from usher.cli.start import default_file, read, takes_environment


def configure(parser: ArgumentParser) -> None:
    """Take a file."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="(./usher.toml)")
    takes_environment(parser)


def run(options: Namespace, console: Console) -> int:
    """Read the file; exit code 1 and every finding when an app of it cannot be used."""
    file: str = options.file or default_file(Path.cwd())
    loaded = read(file, options, console)
    code = ExitCode.USAGE if loaded.errors else ExitCode.OK
    if console.json:
        console.data({"findings": loaded.findings, "exit_code": int(code)})
        return code
    names = ", ".join(service.label or service.name for service in loaded.plan.services)
    said = "nothing is wrong" if not loaded.findings else "it can be used, but see above"
    said = "apps were left out, see above" if loaded.errors else said
    console.print(f"{file}: {said}; apps: {names}")
    return code
