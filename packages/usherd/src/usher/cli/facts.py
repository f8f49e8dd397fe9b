"""usher facts: what is compared of this host and a file's apps, for `usher compare`."""

import platform
import secrets
import socket
from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec

from usher import __version__
from usher.api.exit_codes import ExitCode
from usher.cli import guarding
from usher.cli.console import Console
from usher.cli.start import default_file, read, takes_environment
from usher.client import UsherError, usher_home
from usher.guard.checks import ports
from usher.guard.definition import Definition
from usher.guard.env_compare import hashed, hashes
from usher.host import interpreters, packages, reach
from usher.model.facts import AppFacts, HostFacts
from usher.model.spec import ServiceSpec
from usher.redaction.redactor import Redactor

OF_THE_SESSION = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "PWD"})
"""Differ from host to host, and mean nothing."""


def configure(parser: ArgumentParser) -> None:
    """Take a file, and the key that makes values comparable."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="(./usher.toml)")
    takes_environment(parser)
    takes_key(parser)


def takes_key(parser: ArgumentParser) -> None:
    """Take the file with the key of the hashes."""
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="key of the hashes of values, the same on both hosts; without one, names only",
    )


def run(options: Namespace, console: Console) -> int:
    """Write JSON: names of variables with keyed hashes, versions, ports, what can be reached."""
    plan = read(options.file or default_file(Path.cwd()), options, console).plan
    key = key_of(options) or secrets.token_bytes(32)
    host = guarding.declared(usher_home(options.home)).host
    facts = HostFacts(
        host=socket.gethostname(),
        role=host.role,
        key=hashed("usher", key),
        versions=_versions(plan.services),
        apps={spec.name: _app(spec, key) for spec in plan.services},
    )
    # Written as it is: a hash beside the name of a password is no password.
    written = msgspec.json.encode(facts)
    shown = written if console.json else msgspec.json.format(written)
    console.raw(f"{shown.decode()}\n")
    return ExitCode.OK


def key_of(options: Namespace) -> bytes:
    """Read the key; empty without one. Raises UsherError."""
    if not options.key_file:
        return b""
    try:
        key = Path(options.key_file).read_bytes().strip()
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise UsherError(
            f"cannot read the key {options.key_file!r}: {reason}", exit_code=ExitCode.USAGE
        ) from None
    if len(key) < 16:
        raise UsherError(
            f"cannot use the key {options.key_file!r}: it has less than 16 bytes",
            hint="head -c 32 /dev/urandom | base64 > FILE; chmod 600 FILE",
            exit_code=ExitCode.USAGE,
        )
    return key


def _versions(specs: tuple[ServiceSpec, ...]) -> dict[str, str]:
    found = {
        "usher": __version__,
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "python": platform.python_version(),
    }
    for spec in specs:
        said = interpreters.check(spec.argv, spec.cwd, spec.env, version=True)
        if said is not None and said.node:
            found["node"] = said.node
    return found


def _app(spec: ServiceSpec, key: bytes) -> AppFacts:
    env = {name: value for name, value in spec.env.items() if name not in OF_THE_SESSION}
    return AppFacts(
        env=hashes(env, key) | {secret.name: str(secret) for secret in spec.secrets},
        argv=tuple(Redactor().words(spec.argv)),
        instances=spec.instances,
        ports=tuple(sorted({each.port for each in ports.wanted(Definition(spec))})),
        version=spec.pm2.version if spec.pm2 else "",
        migrations=packages.migrations(spec.cwd),
        reaches=reach.reaches(env),
    )
