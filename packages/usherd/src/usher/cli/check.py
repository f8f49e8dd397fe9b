"""usher check: say what is wrong with a configuration file, and start nothing."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from usher.cli.console import Console
from usher.cli.start import default_file
from usher.config.load import load


def configure(parser: ArgumentParser) -> None:
    """Take a file."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="(./usher.toml)")


def run(options: Namespace, console: Console) -> int:
    """Read the file; exit code 1 and every finding when it cannot be used."""
    file: str = options.file or default_file(Path.cwd())
    plan = load(Path(file))
    if console.json:
        console.data({"findings": [], "exit_code": 0})
    else:
        names = ", ".join(service.name for service in plan.services)
        console.print(f"{file}: nothing is wrong; apps: {names}")
    return 0
