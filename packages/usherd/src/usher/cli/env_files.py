"""`usher env diff` and `usher env lint`: environments and names beside each other."""

import os
import secrets
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.console import Console
from usher.client import NotRunningError, UsherError, connect
from usher.config.dotenv import read_dotenv
from usher.config.load import is_config_file, load
from usher.guard.env_compare import Use, diff, hashes, lint
from usher.host import processes, sources


def show_diff(a: str, b: str, home: Path, console: Console) -> int:
    """Compare two environments; 6 when they differ. The key of the hashes is forgotten at once."""
    key = secrets.token_bytes(32)
    sides = [_running(each, home, key) or hashed_file(each, key) for each in (a, b)]
    rows = [row for row in diff(*sides) if row.standing != "same"]
    if console.json:
        console.data({"a": a, "b": b, "differences": rows})
    else:
        for row in rows:
            values = f"  {row.a} / {row.b}" if row.standing == "differs" else ""
            console.print(printable(f"{row.standing:<8} {row.name}{values}"))
        if not rows:
            console.print(printable(f"{a} and {b} have the same variables with the same values"))
    return ExitCode.FINDINGS if rows else ExitCode.OK


def _running(name: str, home: Path, key: bytes) -> dict[str, str]:
    """Read the variables of a running app's process; nothing where `name` is no app's.

    What the process has counts, not what its definition says. Only the variables of its definition
    are compared: a shell's differ everywhere. Raises UsherError.
    """
    if "/" in name or os.path.exists(name):  # noqa: PTH110
        return {}
    try:
        services = connect(str(home)).services()
    except NotRunningError:
        return {}
    service = next((each for each in services if name in (each.name, each.label)), None)
    if service is None:
        return {}
    pid = next((each.pid for each in service.instances if each.pid is not None), None)
    if pid is None:
        raise UsherError(f"cannot compare {name!r}: it does not run", hint=f"usher start {name}")
    try:
        found = processes.variables(pid)
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise UsherError(f"cannot read the variables of {name!r} (pid {pid}): {reason}") from None
    sources = service.env_sources or dict.fromkeys(service.env, "")
    own = {
        # Of a secret its source is compared: the value is nobody's to hash.
        each: source if source.startswith("secret from ") else found[each]
        for each, source in sources.items()
        if each in found
    }
    return hashes(own, key)


def hashed_file(name: str, key: bytes) -> dict[str, str]:
    """Read `FILE`, or `FILE:APP` of a configuration file, with hashes for values.

    Raises UsherError, ConfigError.
    """
    file, _, app = name.partition(":") if not os.path.exists(name) else (name, "", "")  # noqa: PTH110
    if app or is_config_file(file):
        return hashes(_app(file, app), key)
    try:
        text = Path(file).read_bytes()[: 1024 * 1024].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsherError(
            f"cannot read {name!r}: {(reason or 'unknown').lower()}",
            hint="give an env file, FILE:APP of a configuration file, or a running app",
            exit_code=ExitCode.USAGE,
        ) from None
    variables, faults = read_dotenv(text)
    if faults and not variables:
        line, fault = faults[0]
        raise UsherError(f"cannot read {name}:{line}: {fault}", exit_code=ExitCode.USAGE)
    return hashes(variables, key)


def _app(file: str, app: str) -> dict[str, str]:
    services = {spec.label or spec.name: spec for spec in load(Path(file)).plan.services}
    if app not in services and (app or len(services) != 1):
        known = ", ".join(services)
        raise UsherError(
            f"cannot find {app!r} in {file!r}: its apps are {known}",
            hint=f"usher env diff {file}:APP ...",
            exit_code=ExitCode.USAGE,
        )
    spec = services[app] if app else next(iter(services.values()))
    own = {name: spec.env[name] for name in spec.env_sources if name in spec.env}
    return own | {secret.name: str(secret) for secret in spec.secrets}


def show_lint(folder: str, console: Console) -> int:
    """Compare names that the code below a folder reads with those that documents say; 6: differ."""
    if not Path(folder).is_dir():
        raise UsherError(
            f"cannot look into {folder!r}: there is no such folder", exit_code=ExitCode.USAGE
        )
    code, documents = sources.code(Path(folder)), sources.documents(Path(folder))
    found = lint(code, documents)
    if console.json:
        files = {"code": len(code), "documents": len(documents)}
        console.data({"undeclared": found.undeclared, "unused": found.unused, "files": files})
    else:
        for what, uses in (("undeclared", found.undeclared), ("unused", found.unused)):
            for use in uses:
                console.print(printable(_line(what, use)))
        if not found.undeclared and not found.unused:
            console.print(f"{len(code)} programs and {len(documents)} documents name the same ones")
    return ExitCode.FINDINGS if found.undeclared or found.unused else ExitCode.OK


def _line(what: str, use: Use) -> str:
    said = "the code reads it, no document names it"
    if what == "unused":
        said = "a document names it, no code reads it"
    meant = f"; is {use.closest} meant?" if use.closest else ""
    return f"{what:<10} {use.name}  {use.file}:{use.line}: {said}{meant}"
