"""ecosystem: a sample file to begin with."""

from typing import Final

from usher.pm2.session import Session

_NAME: Final = "ecosystem.config.js"

_SIMPLE: Final = """\
module.exports = {
  apps: [{
    name: "app1",
    script: "./app.js",
  }],
};
"""

_FULL: Final = """\
module.exports = {
  apps: [{
    name: "web",
    script: "./index.js",
    instances: 2,
    exec_mode: "cluster",
    max_memory_restart: "300M",
    env: { NODE_ENV: "development" },
    env_production: { NODE_ENV: "production" },
    // What PM2 does not know stands under `usher`; PM2 ignores it.
    usher: { ready: { http: "http://127.0.0.1:3000/health" } },
  }, {
    name: "worker",
    script: "./worker.py",
    interpreter: "python3",
  }],
};
"""


def run(session: Session) -> int:
    """Write ecosystem.config.js, with one app for `simple`; an existing file stays."""
    mode = "".join(session.words.args[:1])
    path = session.cwd / _NAME
    try:
        with path.open("x") as file:
            file.write(_SIMPLE if mode == "simple" else _FULL)
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        session.voice.error(
            f"cannot write {str(path)!r}: {reason}", hint="move the present file away first"
        )
        return 1
    session.voice.plain(f"File {path} generated")
    return 0
