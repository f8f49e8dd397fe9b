"""How each fault is brought about, and in which stacks that is done."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from stacks import PYTHON, Stack
from stage import (
    APP,
    PROXY_PORT,
    URL,
    Postgres,
    Process,
    Redis,
    Stage,
    full_disk,
    get,
    holder,
    listens,
    until,
)

_UP: Final = 60.0
_END: Final = 30.0
_ELSEWHERE: Final = 3999
"""A port on which nobody listens."""


_TASKS: Final = {
    "/crash": "summarise",
    "/hang": "render",
    "/leak": "import_all",
    "/upload": "store_poster",
}
"""What the tasks of Celery are called that do the same."""


class Setting(NamedTuple):
    """What a scene plays with."""

    stack: Stack
    stage: Stage
    postgres: Postgres
    redis: Redis

    def start(self, **changed: str) -> Process:
        """Start the stack; an empty value takes a variable away."""
        env = {name: value for name, value in {**self.stack.env, **changed}.items() if value}
        if self.stack.name == "next":
            env["PORT"] = str(self.stack.port)
        return self.stage.start(self.stack.command, env, self.stack.cwd)

    def start_well(self, **changed: str) -> Process:
        """Start it and wait until it works."""
        process = self.start(**changed)
        if self.stack.name == "celery":
            until(lambda: "ready." in self.stage.log.read_text(), _UP)
        else:
            until(lambda: process.over or get(self.stack.port, "/") == 200, _UP)
        if process.over:
            raise RuntimeError(f"{self.stack.name} does not start:\n{self.stage.log.read_text()}")
        return process

    def ask(self, path: str, timeout: float = 5) -> int:
        """Ask it for something, or give it the task of that name."""
        if self.stack.name != "celery":
            known = {"nest": "", "next": "/api"}.get(self.stack.name, "")
            return get(self.stack.port, known + path, timeout)
        task = _TASKS.get(path, "")
        words = ["shop.tasks." + (task or "add"), *([] if task else ["-a", "[2, 3]"])]
        command = [PYTHON, "-m", "celery", "-A", "celery_app", "call", *words]
        env = {**os.environ, **self.stack.env}
        called = subprocess.run(command, check=False, cwd=APP, env=env, capture_output=True)
        return 200 if called.returncode == 0 else 0


def _database_down(setting: Setting) -> None:
    if setting.stack.name == "celery":
        process = setting.start_well()
        setting.ask("/orders")
        setting.redis.stop()
        until(lambda: "Cannot connect" in setting.stage.log.read_text(), _UP)
        process.ends(5)
        setting.stage.clear()
        setting.redis.start()
        return
    if setting.stack.lazy:
        process = setting.start_well()
        setting.ask("/orders")
        setting.postgres.stop()
        for _ in range(3):
            setting.ask("/orders")
            process.ends(0.5)
    else:
        setting.postgres.stop()
        setting.start().ends(12)
    setting.stage.clear()
    setting.postgres.start()


def _database_auth(setting: Setting) -> None:
    wrong = URL.replace(":right@", ":wrong@")
    if setting.stack.lazy:
        setting.start_well(DATABASE_URL=wrong)
        setting.ask("/orders")
        setting.ask("/orders")
    else:
        setting.start(DATABASE_URL=wrong).ends(12)


def _environment_missing(setting: Setting) -> None:
    name = {"celery": "CELERY_BROKER_URL"}.get(setting.stack.name, "DATABASE_URL")
    setting.start(**{name: ""}).ends(_END)


def _port_taken(setting: Setting) -> None:
    with holder(setting.stack.port):
        if setting.stack.name == "celery":
            words = ["-m", "celery", "-A", "celery_app", "flower", "--address=127.0.0.1"]
            setting.stage.start([PYTHON, *words], setting.stack.env).ends(_END)
        else:
            setting.start().ends(_END)
        setting.stage.clear()


def _out_of_memory(setting: Setting) -> None:
    if setting.stack.node:
        process = setting.start_well(NODE_OPTIONS="--max-old-space-size=64")
        setting.ask("/leak")
        process.ends(_END)
    elif setting.stack.name == "flask":
        process = setting.start_well()
        setting.ask("/orders")
        (worker,) = _children(process.pid)  # what the kernel's killer does to it
        os.kill(worker, signal.SIGKILL)
        process.ends(3)
    else:
        process = setting.start_well()
        for pid in (process.pid, *_children(process.pid)):
            room = f"--as={1 << 30}:{1 << 30}"
            subprocess.run(["prlimit", "--pid", str(pid), room], check=True)
        setting.ask("/leak", timeout=20)
        process.ends(4)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _disk_full(setting: Setting) -> None:
    with full_disk(APP / "uploads"):
        process = setting.start_well()
        setting.ask("/orders")
        setting.ask("/upload")
        process.ends(1)
        setting.stage.clear()


def _code_crash(setting: Setting) -> None:
    process = setting.start_well()
    setting.ask("/orders")
    setting.ask("/crash")
    process.ends(2)


def _hang(setting: Setting) -> None:
    process = setting.start_well()
    setting.ask("/orders")
    setting.ask("/hang", timeout=2)
    setting.stage.probe("http", f"http://127.0.0.1:{setting.stack.port}/", ever_passed=True)
    process.ends(5)


def _wrong_probe(setting: Setting) -> None:
    process = setting.start_well()
    setting.ask("/orders")
    path = "/" if setting.stack.name == "celery" else "/healthz"
    for _ in range(3):
        get(setting.stack.port, path)
        process.ends(0.3)
    setting.stage.probe("http", f"http://127.0.0.1:{setting.stack.port}{path}", ever_passed=False)


def _proxy_only(setting: Setting) -> None:
    setting.start_well()
    sockets = setting.stack.name in ("django", "flask")
    elsewhere = "http://unix:/run/gunicorn.sock:" if sockets else f"http://127.0.0.1:{_ELSEWHERE}"
    setting.stage.proxy(elsewhere, upgrades=True)
    for path in ("/", "/orders", "/"):
        setting.ask(path)
        get(PROXY_PORT, path)
    own = f"http://127.0.0.1:{setting.stack.port}/"
    setting.stage.probe("http", own, ever_passed=True)
    setting.stage.probe("edge", f"http://127.0.0.1:{PROXY_PORT}/", "edge", ever_passed=False)


def _websocket_only(setting: Setting) -> None:
    setting.start_well()
    setting.stage.proxy(f"http://127.0.0.1:{setting.stack.port}", upgrades=False)
    get(PROXY_PORT, "/")
    url = f"ws://127.0.0.1:{PROXY_PORT}/ws"
    client = ["node", "client.mjs", url] if setting.stack.node else [PYTHON, "client.py", url]
    setting.stage.start(client, {}).ends(_END)
    setting.stage.probe("http", f"http://127.0.0.1:{setting.stack.port}/", ever_passed=True)
    setting.stage.probe("ws", url, "edge", ever_passed=False)


def _module_missing(setting: Setting) -> None:
    package = _DRIVERS[setting.stack.name]
    libraries = APP / ".venv/lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    folder = (APP / "node_modules" if setting.stack.node else libraries) / package
    hidden = folder.with_name(folder.name + ".away")
    folder.rename(hidden)
    try:
        process = setting.start()
        if setting.stack.lazy:
            until(lambda: process.over or listens(setting.stack.port), 15)
            setting.ask("/orders")
        process.ends(8)
        setting.stage.clear()
    finally:
        hidden.rename(folder)


_DRIVERS: Final[Mapping[str, str]] = {
    "nest": "pg", "next": "react", "express": "pino", "prisma": ".prisma", "sequelize": "pg",
    "django": "environ", "fastapi": "asyncpg", "flask": "flask_sqlalchemy", "celery": "redis",
    "plain": "ws",
}  # fmt: skip
"""A package that each cannot do without."""


def _well(setting: Setting) -> None:
    process = setting.start_well()
    for path in ("/", "/orders", "/errors/502", "/orders", "/"):
        setting.ask(path)
    process.ends(0.5)


_NODE: Final = ("nest", "next", "express", "prisma", "sequelize", "plain")
_PYTHON: Final = ("django", "fastapi", "flask")
_SERVERS: Final = (*_NODE, *_PYTHON)
_ALL: Final = (*_SERVERS, "celery")
_WITH_SOCKETS: Final = ("nest", "express", "prisma", "sequelize", "plain", "fastapi")

SCENES: Final[Mapping[str, tuple[Callable[[Setting], None], tuple[str, ...]]]] = {
    "database-down": (_database_down, _ALL),
    "database-auth": (_database_auth, _SERVERS),
    "environment-missing": (_environment_missing, _ALL),
    "port-taken": (_port_taken, _ALL),
    "out-of-memory": (_out_of_memory, _ALL),
    "disk-full": (_disk_full, _ALL),
    "code-crash": (_code_crash, _ALL),
    "hang": (_hang, _SERVERS),
    "wrong-probe": (_wrong_probe, _ALL),
    "proxy-only": (_proxy_only, _SERVERS),
    "websocket-only": (_websocket_only, _WITH_SOCKETS),
    "module-missing": (_module_missing, _ALL),
    "benign": (_well, _ALL),
}
"""By fault: how it is done, and the stacks in which it can be."""
