"""What would disprove a cause, and which command shows more of it; by the area of its id."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Step(NamedTuple):
    """What a person does to be sure."""

    disproof: str
    """What speaks against the cause, if it is so."""
    command: str
    """NAME stands for the app."""


_ELSE: Final = Step(
    "the same happens where nothing of this kind can be seen",
    "usher describe NAME",
)

_STEPS: Final[Mapping[str, Step]] = {
    "dependency.": Step("it answers the same question from this host now", "usher describe NAME"),
    "db.too_many": Step("the server has connections left for this role", "usher budget NAME"),
    "db.pool": Step("its connections are idle while requests wait", "usher budget NAME"),
    "db.": Step("the app's own connection succeeds from this host now", "usher check"),
    "orm.": Step("the first query after a fresh start succeeds", "usher logs NAME"),
    "redis.": Step("`redis-cli ping` answers from this host", "usher logs NAME"),
    "net.port_in_use": Step("nothing listens on the port", "usher verify NAME"),
    "net.bind_mismatch": Step("it listens where it is asked", "usher verify NAME"),
    "net.": Step("a connection to the same address succeeds from this host", "usher describe NAME"),
    "dns.": Step("the name is found from this host (`getent hosts`)", "usher logs NAME"),
    "tls.": Step("`openssl s_client` verifies the certificate from this host", "usher logs NAME"),
    "env.": Step("the variable is set in what runs", "usher env NAME"),
    "py.missing_env": Step("the variable is set in what runs", "usher env NAME"),
    "exit.": Step("it goes on when it is started by hand", "usher logs NAME"),
    "fs.": Step("the user of the app can write there, and room is left", "usher check"),
    "memory.": Step("memory falls again when the load does", "usher graph NAME"),
    "node.heap_oom": Step("memory was far from the limit when it ended", "usher graph NAME"),
    "os.oom_kill": Step("the kernel has counted no kill", "usher graph NAME"),
    "host.": Step("other apps of the host do not feel it", "usher monitor --once"),
    "drift.": Step("the process is none of this app", "usher monitor --once"),
    "fd.": Step("the number of descriptors falls again", "usher graph NAME"),
    "probe.never": Step("the same question is answered well by hand", "usher probe --help"),
    "probe.": Step("it answers others while the probe fails", "usher describe NAME"),
    "process.": Step("it goes on while what it waits for stays as it is", "usher events NAME"),
    "loop.": Step("its processor time stays low while it does not answer", "usher events NAME"),
    "health.": Step("the endpoint fails when a dependency does", "usher describe NAME"),
    "npm.": Step("the same command succeeds in a fresh checkout", "usher check"),
    "build.": Step("the same command succeeds in a fresh checkout", "usher check"),
    "node.": Step("the same request succeeds with the same values", "usher logs NAME"),
    "py.": Step("the same request succeeds with the same values", "usher logs NAME"),
    "ws.": Step("the app did not end at that time", "usher events NAME"),
    "upstream.": Step("the app answers without the proxy at that time", "usher events NAME"),
}
"""Begin of an id -> step; the longest begin counts."""


def step_for(cause: str, app: str) -> Step:
    """Say what to do about a cause (by id) of an app; of a log alone `app` is empty."""
    begins = [begin for begin in _STEPS if cause.startswith(begin)]
    step = _STEPS[max(begins, key=len)] if begins else _ELSE
    return step._replace(command=step.command.replace("NAME", app) if app else "")
