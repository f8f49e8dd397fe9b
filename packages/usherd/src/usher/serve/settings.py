"""What the file server is told by PM2's variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

PORT: Final = 8080


class Settings(NamedTuple):
    """One folder behind one port."""

    root: Path
    host: str = "127.0.0.1"
    """PM2 listens on every address; a folder is shown to other hosts only when that is said."""
    port: int = PORT
    homepage: str = ""
    """Answers every path that is no file: a page that routes by itself; "": such paths are 404."""
    listing: bool = False
    """Show what is in a folder without an index.html."""
    user: str = ""
    """Who has to log in; "": nobody."""
    password: str = ""


def read(env: Mapping[str, str], cwd: Path) -> Settings:
    """Read PM2_SERVE_*. Raises ValueError for what is no port and a login without a password."""
    homepage = env.get("PM2_SERVE_HOMEPAGE") or "/index.html"
    login = _is_on(env, "PM2_SERVE_BASIC_AUTH")
    user = env.get("PM2_SERVE_BASIC_AUTH_USERNAME", "") if login else ""
    password = env.get("PM2_SERVE_BASIC_AUTH_PASSWORD", "") if login else ""
    if login and not (user and password):
        raise ValueError("cannot ask for a login: a user name or password is not set")
    return Settings(
        root=(cwd / env.get("PM2_SERVE_PATH", ".")).absolute(),
        host=env.get("PM2_SERVE_HOST") or Settings._field_defaults["host"],
        port=_port(env.get("PM2_SERVE_PORT") or env.get("PORT") or str(PORT)),
        homepage=homepage if _is_on(env, "PM2_SERVE_SPA") else "",
        listing=_is_on(env, "PM2_SERVE_FTP"),
        user=user,
        password=password,
    )


def _is_on(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "") not in ("", "false", "0", "undefined")


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise ValueError(f"cannot listen on port {text!r}: not a number from 0 to 65535")
    return port
