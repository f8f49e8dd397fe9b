"""Reading what the daemon asks for into the values that `child` executes."""

from __future__ import annotations

import os
import re
import resource

from usher.keeper.child import Identity, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

FIRST_SOCKET: Final = 3
"""Descriptor of the first passed socket (systemd's SD_LISTEN_FDS_START)."""

HELPER_NICE: Final = 5
"""Helpers may take long; the services come first."""

_PLACEHOLDER: Final = re.compile(r"\{fd(?::([^{}]+))?\}")


def program(
    spec: dict[str, Any],
    standard: list[int],
    sockets: list[tuple[str, int]],
    nofile: tuple[int, int],
    channel: int | None = None,
) -> Program:
    """Build a service's program; `standard` become its 0, 1, 2, `sockets` the ones after.

    `channel`, its end of a Node IPC channel, comes last and is named by NODE_CHANNEL_FD.

    Raises ValueError for placeholders that name no socket and for text with a NUL.
    """
    names = [name for name, _ in sockets]
    env = {os.fsencode(name): os.fsencode(value) for name, value in spec["env"].items()}
    if names:
        env[b"LISTEN_FDS"] = b"%d" % len(names)
        env[b"LISTEN_FDNAMES"] = os.fsencode(":".join(names))
    argv = [os.fsencode(fill_placeholders(word, names)) for word in spec["argv"]]
    descriptors = [*standard, *(fd for _, fd in sockets)]
    if channel is not None:
        env[b"NODE_CHANNEL_FD"] = b"%d" % len(descriptors)
        descriptors.append(channel)
    made = Program(argv, env, os.fsencode(spec["cwd"]), descriptors)
    made.listen = bool(names)
    made.umask = spec["umask"]
    soft, hard = spec.get("nofile") or nofile
    if soft > hard:
        raise ValueError(f"soft limit {soft} of open files is above the hard limit {hard}")
    made.limits = [(resource.RLIMIT_NOFILE, soft, hard), *_limits(spec.get("rlimits") or {})]
    made.identity = identity(spec)
    _refuse_nul(made)
    return made


def helper_program(asked: dict[str, Any], standard: list[int], nofile: tuple[int, int]) -> Program:
    """Build a helper's program: lower priority, no core file, memory bounded when asked."""
    env = {os.fsencode(name): os.fsencode(value) for name, value in asked["env"].items()}
    argv = [os.fsencode(word) for word in asked["argv"]]
    made = Program(argv, env, os.fsencode(asked["cwd"]), standard)
    made.umask = 0o077
    made.nice = HELPER_NICE
    made.limits = [(resource.RLIMIT_NOFILE, *nofile), (resource.RLIMIT_CORE, 0, 0)]
    if asked.get("memory"):
        made.limits.append((resource.RLIMIT_AS, asked["memory"], asked["memory"]))
    made.identity = identity(asked)
    _refuse_nul(made)
    return made


def _limits(asked: dict[str, int]) -> list[tuple[int, int, int]]:
    """Turn limits by name (core, nproc, stack ...) into (resource, soft, hard); -1: no limit."""
    found: list[tuple[int, int, int]] = []
    for name, value in asked.items():
        which = getattr(resource, f"RLIMIT_{name.upper()}", None)
        if which is None:
            raise ValueError(f"there is no limit {name!r}")
        found.append((which, value, value))
    return found


def identity(spec: dict[str, Any]) -> Identity | None:
    """Return the user to become, or None to stay who the keeper is."""
    if spec.get("uid") is None:
        return None
    return Identity(spec["uid"], spec["gid"], spec.get("groups") or [])


def fill_placeholders(word: str, names: list[str]) -> str:
    """Replace {fd} by the first socket's descriptor and {fd:NAME} by that of NAME."""
    if not names:
        return word

    def number(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is not None and name not in names:
            raise ValueError(f"{match.group(0)!r} names no socket of {names}")
        return str(FIRST_SOCKET + (names.index(name) if name else 0))

    return _PLACEHOLDER.sub(number, word)


def _refuse_nul(made: Program) -> None:
    for name, value in made.env.items():  # the value may be a secret
        if b"\0" in name or b"\0" in value or b"=" in name or not name:
            raise ValueError(f"environment variable {name!r} cannot be passed: NUL or '=' in it")
    for text in [*made.argv, made.cwd]:
        if b"\0" in text:
            raise ValueError(f"{text!r} holds a NUL character")
    if not made.argv:
        raise ValueError("there is no program to execute")
