"""usher completion: a script that teaches a shell the commands."""

from argparse import ArgumentParser, Namespace

import shtab

from usher.cli.console import Console


def configure(parser: ArgumentParser) -> None:
    """Take the shell."""
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS)


def run(options: Namespace, console: Console) -> int:
    """Print the script: `source <(usher completion bash)`."""
    script = shtab.complete(options.parser, shell=options.shell)
    if console.json:
        console.data({"shell": options.shell, "script": script})
    else:
        console.raw(f"{script}\n")
    return 0
