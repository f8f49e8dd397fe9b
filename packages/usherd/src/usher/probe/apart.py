"""`python -m usher.probe.apart TARGET SECONDS`: ask in a process of its own, answer as JSON.

For questions that need OpenSSL or the driver of a database: the daemon is small because it loads
neither. Secrets come by the environment, never by an argument.
"""

import asyncio
import os
import sys

import msgspec

from usher.model.target import Target
from usher.probe.ask import ask


def main(target: str, seconds: str) -> None:
    """Write one line: an Answer."""
    asked: Target = msgspec.json.decode(target, type=Target)
    answer = asyncio.run(ask(asked, os.environ, float(seconds)))
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
