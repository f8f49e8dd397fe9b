"""The commands: one file per subcommand, each with `add_parser` and `run`."""

import argparse
from typing import Protocol


class Subparsers(Protocol):
    """What a command needs of argparse to add itself."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:  # noqa: A002
        """Add a subcommand with a summary (`help`) and the text of its own --help."""
        ...
