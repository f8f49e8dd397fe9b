"""usher set: set a value by key, as `pm2 set` does and in the same file."""

from argparse import ArgumentParser, Namespace

from usher.api.text import printable
from usher.cli import settings as shared
from usher.cli.console import Console
from usher.config import logrotate
from usher.host import settings


def configure(parser: ArgumentParser) -> None:
    """Take key and value."""
    parser.add_argument("key", metavar="KEY", help="for example pm2-logrotate:max_size")
    parser.add_argument("value", metavar="VALUE")


def run(options: Namespace, console: Console) -> int:
    """Set it; apps see it when they are started the next time."""
    with shared.explained():
        kept = settings.put(shared.writable_folder(), options.key, options.value)
        for sentence in logrotate.complaints(kept):
            console.note(f"usher: {printable(sentence)}")
        shared.show(settings.lookup(kept, options.key), options.key, console)
    return 0
