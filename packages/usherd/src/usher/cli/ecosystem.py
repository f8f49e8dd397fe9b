"""usher ecosystem: write a sample file to begin with."""

from argparse import Namespace
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.cli.command import takes_nothing
from usher.cli.console import Console
from usher.client import UsherError

configure = takes_nothing

FILE: Final = "usher.toml"

SAMPLE: Final = """\
# What usher runs here: `usher check` reads it, `usher start` starts it. Every key stands in
# docs/reference/configuration.md; an ecosystem.config.js of PM2 works as well.

[apps.web]
command = ["python3", "-m", "http.server", "8000", "--bind", "127.0.0.1"]
# It is ready when this answers, and replaced when it stops answering.
ready = { http = "http://127.0.0.1:8000/" }
probes.live = { http = "http://127.0.0.1:8000/", interval = "10s" }

[apps.worker]
command = ["sh", "-c", "while true; do date; sleep 60; done"]
env = { LANG = "C.UTF-8" }
# Started when `web` is ready, stopped before it.
depends_on = { web = "ready" }
"""


def run(options: Namespace, console: Console) -> int:
    """Write usher.toml into this folder, unless there is one."""
    del options
    try:
        with Path(FILE).open("x", encoding="utf-8") as file:
            file.write(SAMPLE)
    except OSError as error:
        raise UsherError(
            f"cannot write {FILE!r}: {(error.strerror or 'unknown').lower()}",
            hint="move the present file away first",
            exit_code=ExitCode.REFUSED,
        ) from None
    if console.json:
        console.data({"file": FILE})
    else:
        console.print(f"wrote {FILE}; next: usher check, usher start")
    return ExitCode.OK
