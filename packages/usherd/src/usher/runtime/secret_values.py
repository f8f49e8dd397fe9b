"""Values of `secrets`: asked for when a process is started, given to it, and kept nowhere else."""

import asyncio
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from usher.model.spec import SecretSpec, ServiceSpec

LARGEST: Final = 64 * 1024
"""Bytes of a value; more would not fit into an environment in any useful way."""

PATIENCE: Final = 20.0
"""Seconds that a command may take."""

_USUAL: Final = ("PATH", "HOME", "LANG", "USER", "LOGNAME", "TZ")


class SecretError(Exception):
    """A value cannot be had; the message says which and why, and never shows it."""

    def __init__(self, secret: SecretSpec, cause: str) -> None:
        where = f"{secret.kind} {secret.source[0]!r}"
        super().__init__(f"cannot get the value of {secret.name!r} ({where}): {cause}")


class Helpers(Protocol):
    """Who runs commands (runtime.keeper.Keeper)."""

    async def run_helper(self, argv: list[str], /, **fields: Any) -> dict[str, Any]:
        """Run a short command and wait for its end."""
        ...


class Asking(Protocol):
    """Whose secrets they are: a service's or a remote's definition."""

    @property
    def secrets(self) -> tuple[SecretSpec, ...]:
        """Return where the values come from."""
        ...

    @property
    def cwd(self) -> str:
        """Return the folder of commands."""
        ...


async def resolve(spec: Asking, env: Mapping[str, str], helpers: Helpers) -> dict[str, str]:
    """Ask for every secret of a service. Raises SecretError."""
    names = [secret.name for secret in spec.secrets]
    asked = [ask(secret, spec.cwd, env, helpers) for secret in spec.secrets]
    return dict(zip(names, await asyncio.gather(*asked), strict=True))


async def ask(secret: SecretSpec, cwd: str, env: Mapping[str, str], helpers: Helpers) -> str:
    """Ask for one value; commands run in `cwd`, with a few of `env`. Raises SecretError."""
    match secret.kind:
        case "file":
            value = await asyncio.to_thread(_read, secret, Path(secret.source[0]))
        case "credential":
            value = await asyncio.to_thread(_read, secret, _credential(secret))
        case "command":
            value = await _run(secret, cwd, env, helpers)
    if not value:
        raise SecretError(secret, "it is empty")
    if "\0" in value:
        raise SecretError(secret, "it holds a zero byte")
    return value


def _credential(secret: SecretSpec) -> Path:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        cause = "usher was not started by systemd with LoadCredential="
        raise SecretError(secret, cause)
    return Path(folder) / secret.source[0]


def _read(secret: SecretSpec, path: Path) -> str:
    """Read a value; one line end at its end is the editor's."""
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would hold up the start for ever.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise SecretError(secret, "no plain file")
            data = file.read(LARGEST + 1)
        text = data.decode()
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise SecretError(secret, reason) from None
    except UnicodeDecodeError:
        raise SecretError(secret, "not UTF-8") from None
    if len(data) > LARGEST:
        raise SecretError(secret, "larger than 64 KiB")
    return _without_line_end(text)


async def _run(secret: SecretSpec, cwd: str, env: Mapping[str, str], helpers: Helpers) -> str:
    """Run a command as a helper of the keeper; what it says on standard error is not kept."""
    around = {name: env[name] for name in _USUAL if name in env}
    done = await helpers.run_helper(
        [*secret.source],
        env=around,
        cwd=cwd,
        timeout=PATIENCE,
        max_output=LARGEST + 1,
        output_only=True,
    )
    if done["timed_out"]:
        raise SecretError(secret, f"it did not end within {PATIENCE:g} s")
    if done["status"] != {"code": 0}:
        ended = done["status"] or {"code": "unknown"}
        (how, number) = next(iter(ended.items()))
        raise SecretError(secret, f"it ended with {how} {number}")
    output = str(done["output"])
    if len(output) > LARGEST:
        raise SecretError(secret, "it printed more than 64 KiB")
    return _without_line_end(output)


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


# -- as files --------------------------------------------------------------------------------------


class Shelf:
    """Files with values, 0400 and in memory; one folder a home, one below it a service."""

    def __init__(self, home: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
        self._name = f"usher-{hashlib.blake2b(str(home).encode(), digest_size=8).hexdigest()}"
        self._mounts = mounts

    def put(
        self, spec: ServiceSpec, values: Mapping[str, str], owner: tuple[int, int] | None
    ) -> dict[str, str]:
        """Write what is wanted as a file; return the variables. Raises SecretError, OSError."""
        env = dict(values)
        for secret in spec.secrets:
            if secret.as_file:
                path = self._folder(spec, secret, owner) / secret.name
                _write(path, values[secret.name], owner)
                env[secret.name] = str(path)
        return env

    def clear(self, service: str) -> None:
        """Remove the files of a service that is gone."""
        for place in self._places():
            folder = place / self._name / service
            for path in folder.glob("*") if folder.is_dir() else ():
                path.unlink(missing_ok=True)
            if folder.is_dir():
                folder.rmdir()

    def _folder(self, spec: ServiceSpec, secret: SecretSpec, owner: tuple[int, int] | None) -> Path:
        for place in self._places():
            if os.access(place, os.W_OK):
                top = place / self._name
                # 0711: a service of another user passes, and sees no names.
                top.mkdir(mode=0o711, exist_ok=True)
                if top.is_symlink() or top.stat().st_uid != os.geteuid():
                    continue
                folder = top / spec.name
                folder.mkdir(mode=0o700, exist_ok=True)
                if owner is not None:
                    os.chown(folder, *owner)
                return folder
        raise SecretError(secret, "no folder in memory (tmpfs) takes its file")

    def _places(self) -> list[Path]:
        """Return folders that are in memory, the user's own first."""
        lines = self._mounts.read_text().splitlines()
        points = {words[1] for line in lines if (words := line.split()) and words[2] == "tmpfs"}
        own = os.environ.get("XDG_RUNTIME_DIR", "")
        return [Path(each) for each in (own, "/run", "/dev/shm") if each in points]  # noqa: S108


def _write(path: Path, value: str, owner: tuple[int, int] | None) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o400)
    with os.fdopen(fd, "w") as file:
        file.write(value)
        if owner is not None:
            os.fchown(fd, *owner)
    fresh.replace(path)


def seen(spec: ServiceSpec, pid: int) -> list[str]:
    """Read the secrets of a process that runs already, so that they are known as such."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []
    env = dict(word.split("=", 1) for word in words if "=" in word)
    found: list[str] = []
    for secret in spec.secrets:
        value = env.get(secret.name, "")
        if secret.as_file and value:
            try:
                value = Path(value).read_text()
            except OSError:
                value = ""
        found.append(value)
    return [each for each in found if each]
