"""What set, get, unset and conf share: PM2's settings file, and its errors in our words."""

import contextlib
from collections.abc import Generator
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.console import Console
from usher.client import UsherError
from usher.client.beside import refuse
from usher.client.home import pm2_home
from usher.host import settings


def folder() -> Path:
    """Return the folder the file is in."""
    return pm2_home()


def writable_folder() -> Path:
    """Return it for writing. Raises UsherError where a living PM2 has it."""
    refuse([], writes=folder())
    return folder()


@contextlib.contextmanager
def explained() -> Generator[None]:
    """Turn what can go wrong with the file into UsherError."""
    try:
        yield
    except settings.SettingsError as error:
        raise UsherError(str(error), exit_code=ExitCode.USAGE) from None
    except OSError as error:
        raise UsherError(
            f"cannot use {str(settings.path(folder()))!r}: {error.strerror}",
            exit_code=ExitCode.REFUSED,
        ) from None


def show(found: settings.Json, key: str, console: Console) -> None:
    """Print a value, or every value below a key."""
    if console.json:
        console.data(found)
    elif isinstance(found, dict):
        for name, value in settings.flat(found):
            console.print(printable(f"{key}:{name} {value}" if key else f"{name} {value}"))
    else:
        console.print(printable(str(found)))
