"""Whether the rules themselves can be relied on: one that vanished or is damaged guards nothing.

A guard that lies beside a configuration is deleted in some clean-up, and everything passes from
then on. So usher remembers which guard files were in force, and refuses when one is gone.
"""

import re
from collections.abc import Iterable, Sequence

from usher.guard.code import Code
from usher.model.finding import Finding
from usher.model.guard import App

UNREADABLE = Code(
    "guard.unreadable",
    "error",
    "The guard file cannot be used",
    "It is there, but it cannot be read, holds a mistake, or may be changed by anybody: whatever "
    "it was to keep away cannot be told.",
    "Mend the file; the finding names the line.",
)
MISSING = Code(
    "guard.missing",
    "error",
    "A guard file that was in force is gone",
    "Roles were declared in it, and usher has started apps under them. Without it nothing would "
    "be checked any more, and nobody would notice.",
    "Put the file back, or say that it is gone for good: `usher role forget FILE --reason TEXT`.",
    forceable=True,
)

UNDECLARED = Code(
    "guard.undeclared",
    "warning",
    "Files for several hosts, and nothing says which belongs where",
    "Files such as ecosystem.config.web.cjs and ecosystem.config.api.cjs lie side by side on every "
    "host. Nothing keeps anybody from starting the wrong one.",
    "Declare roles in usher.guard.toml beside them.",
)

CODES = (UNREADABLE, MISSING, UNDECLARED)

_FOR_A_HOST = re.compile(r"(.+\.config)\.[\w-]+\.(?:js|cjs|mjs|json|ya?ml)")
"""ecosystem.config.webserver.cjs: one of several for different hosts."""


def unreadable(apps: Sequence[App], faults: Iterable[Finding]) -> list[Finding]:
    """Refuse every app for each mistake in a guard file that concerns it."""
    return [
        UNREADABLE.finding(
            f"cannot start {_name(app)}: the guard cannot be read: {fault.message}",
            app=app.name,
            field=fault.field,
            file=fault.file,
            line=fault.line,
            hint=fault.hint,
        )
        for fault in faults
        for app in apps
    ]


def missing(apps: Sequence[App], gone: Iterable[str]) -> list[Finding]:
    """Refuse every app when guard files that once held for it are gone."""
    return [
        MISSING.finding(
            f"cannot start {_name(app)}: the guard file {path!r} was in force and is gone",
            app=app.name,
            file=path,
            hint=f"put it back, or: usher role forget {path} --reason TEXT",
        )
        for path in gone
        for app in apps
    ]


def undeclared(file: str, beside: Iterable[str]) -> list[Finding]:
    """Advise to declare roles where `file` has siblings for other hosts among names `beside`."""
    folder, _, name = file.rpartition("/")
    kind = _FOR_A_HOST.fullmatch(name)
    if kind is None:
        return []
    others = sorted(
        other
        for other in beside
        if other != name and (its := _FOR_A_HOST.fullmatch(other)) and its[1] == kind[1]
    )
    if not others:
        return []
    message = f"nothing says on which host {name!r} belongs, and on which {', '.join(others[:3])}"
    hint = f"declare roles in {folder}/usher.guard.toml"
    return [UNDECLARED.finding(message, file=file, hint=hint)]


def _name(app: App) -> str:
    return repr(app.label or app.name)
