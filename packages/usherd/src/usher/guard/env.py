"""The variables of an app against what it needs, and against mistakes that values show.

No message holds a value: it is the name that says where to look.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.finding import Finding
from usher.model.spec import VariableRule

MISSING: Final = Code(
    "env.missing",
    "error",
    "A required variable is missing",
    "The app's contract requires it, and no file, profile, secret or shell sets it.",
    "Set it in an env file, in `env`, or as a secret.",
    forceable=True,
)
EMPTY: Final = Code(
    "env.empty",
    "error",
    "A required variable is empty",
    "It is set to nothing, as where another variable that it was made from is not set.",
    "Give it a value.",
    forceable=True,
)
PLACEHOLDER: Final = Code(
    "env.placeholder",
    "error",
    "A variable still has the value of an example",
    "It was copied from an example file or a template and not filled in.",
    "Put the true value in.",
    forceable=True,
)
QUOTED: Final = Code(
    "env.quoted",
    "warning",
    "A value has quotes inside",
    "Quotes that a shell or a dotenv file would take off were written into the value itself.",
    "Take the inner pair of quotes away.",
)
TRAILING: Final = Code(
    "env.trailing",
    "warning",
    "A value ends with a blank or a carriage return",
    "The line was pasted, or the file was written on Windows; passwords are wrong by it.",
    "Take the invisible character away (`sed -i 's/[ \\t\\r]*$//' FILE`).",
)
KIND: Final = Code(
    "env.kind",
    "error",
    "A variable is not of its kind",
    "The app needs a URL, port, number or the like, and the value is none.",
    "Write a value of the kind that is named.",
    forceable=True,
)
VALUE: Final = Code(
    "env.value",
    "error",
    "A variable has a value that it must not have",
    "The app's contract allows some values (`in`) or forbids some (`not`).",
    "Take one of the allowed values.",
    forceable=True,
)
FORBIDDEN: Final = Code(
    "env.forbidden",
    "error",
    "A variable must not be set here",
    "The app's contract forbids it for this role, or in production.",
    "Take it out of the environment.",
    forceable=True,
)
NOT_STRING: Final = Code(
    "env.not_a_string",
    "error",
    "A password is a number in the file",
    "Without quotes YAML and JSON read it as a number: leading zeros go, large numbers are "
    "rounded, and some database clients refuse what is not a string.",
    "Put it in quotes.",
    forceable=True,
)
SESSION: Final = Code(
    "env.session_only",
    "warning",
    "A required variable is in this session only",
    "It comes from the shell that calls usher; at boot, where nobody is logged in, it is absent.",
    "Write it into an env file, `env` or `secrets`.",
)

CODES: Final = (
    MISSING, EMPTY, PLACEHOLDER, QUOTED, TRAILING, KIND, VALUE, FORBIDDEN, NOT_STRING, SESSION,
)  # fmt: skip

PRODUCTION: Final = "production"
"""Word of `when` that stands for every host and environment that is one."""

_PLACEHOLDER: Final = re.compile(
    r"<[^<>]{1,80}>|\$\{[^}]{1,80}\}|(?:x{3,}|\*{3,}|\.{3,}|-{3,}|_{3,})|to_?do|fix_?me|tbd"
    r"|(?:change|replace|fill|insert|put|enter)[-_ ]?(?:me|this|it|in|here|with|your)?"
    r"(?:[-_ ]\w{1,30}){0,4}"
    r"|(?:your|my|the|some|sample|example|dummy)[-_ ](?:\w{1,30}[-_ ]?){1,5}"
    r"|(?:\w{1,30}[-_ ])?(?:here|goes[-_ ]here)|example|placeholder|password|secret|not[-_]?set",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(r"pass|pwd|secret|token|key|dsn", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"passw|(?:^|_)pass(?:$|_)|pwd|secret|token", re.IGNORECASE)
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://[^\s/?#]\S*|([A-Za-z][\w+.-]*):///?\S+")
_BOOLEAN: Final = frozenset({"true", "false", "1", "0", "yes", "no", "on", "off"})


def judge(
    app: Definition, roles: frozenset[str] = frozenset(), unquoted: frozenset[str] = frozenset()
) -> list[Finding]:
    """Judge an app's variables.

    `roles` are the role of the host and PRODUCTION, as far as they hold; `unquoted` are the
    variables that the file has as numbers or booleans.
    """
    found = judge_contract(app, roles)
    for name, value in app.spec.env.items():
        if app.sources.get(name, app.spec.env_sources.get(name, "shell")) != "shell":
            found += _looked_at(app, name, value, number=name in unquoted)
    return found


def judge_contract(app: Definition, roles: frozenset[str] = frozenset()) -> list[Finding]:
    """Judge an app's variables by what it says that it needs, and by nothing else."""
    rules = [rule for rule in app.spec.env_contract if not rule.when or roles & {*rule.when}]
    asked = {secret.name for secret in app.spec.secrets}
    return [
        finding
        for rule in rules
        if rule.name not in asked
        for finding in _ruled(app, rule, app.spec.env.get(rule.name))
    ]


def _ruled(app: Definition, rule: VariableRule, value: str | None) -> Iterator[Finding]:
    name = rule.name
    by = f" ({rule.source})" if rule.source else ""
    if rule.forbidden:
        if value is not None:
            where = f" for {' and '.join(rule.when)}" if rule.when else ""
            yield _said(app, FORBIDDEN, name, f"{name!r} must not be set{where}{by}")
        return
    if value is None:
        if rule.required:
            yield _said(app, MISSING, name, f"{name!r} is missing{by}", _sources_tried(app))
        return
    if not value.strip():
        if rule.required:
            yield _said(app, EMPTY, name, f"{name!r} is empty{by}")
        return
    if rule.required and is_placeholder(name, value):
        yield _said(app, PLACEHOLDER, name, f"{name!r} has the value of an example{by}")
    elif not _KINDS[rule.kind](value):
        yield _said(app, KIND, name, f"{name!r} is no {rule.kind}{by}")
    elif rule.schemes and value.partition(":")[0].lower() not in rule.schemes:
        needed = " or ".join(f"{each}://" for each in rule.schemes)
        yield _said(app, KIND, name, f"{name!r} does not begin with {needed}{by}")
    if rule.one_of and value not in rule.one_of:
        yield _said(app, VALUE, name, f"{name!r} is none of {', '.join(rule.one_of)}{by}")
    if value in rule.none_of:
        where = f" for {' and '.join(rule.when)}" if rule.when else ""
        yield _said(app, VALUE, name, f"{name!r} must not be {value!r}{where}{by}")
    if rule.required and app.sources.get(name, app.spec.env_sources.get(name)) in (None, "shell"):
        message = f"{name!r} is in this session only, absent at boot{by}"
        yield _said(app, SESSION, name, message)


def _looked_at(app: Definition, name: str, value: str, *, number: bool) -> Iterator[Finding]:
    """Say what a value shows by itself. Whether an optional one is empty is the app's affair."""
    ruled = {rule.name for rule in app.spec.env_contract if rule.required}
    if number and _PASSWORD.search(name):
        yield _said(app, NOT_STRING, name, f"{name!r} is not a string in the file")
    if not value.strip():
        if _PASSWORD.search(name) and name not in ruled:
            yield _said(app, EMPTY, name, f"{name!r} is empty")
        return
    if value != value.rstrip(" \t\r\n") or value != value.lstrip(" \t"):
        end = "a carriage return" if value.endswith("\r") else "a blank"
        yield _said(app, TRAILING, name, f"{name!r} begins or ends with {end}")
    bare = value.strip()
    if len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "\"'":
        yield _said(app, QUOTED, name, f"{name!r} has quotes inside its value")
    if name not in ruled and _SECRET.search(name) and is_placeholder(name, value):
        yield _said(app, PLACEHOLDER, name, f"{name!r} has the value of an example")


def is_placeholder(name: str, value: str) -> bool:
    """Tell a value that stands in for the true one from one that is used."""
    bare = value.strip().strip("\"'")
    return bare.lower() == name.lower() or _PLACEHOLDER.fullmatch(bare) is not None


def _sources_tried(app: Definition) -> str:
    files = sorted({each for each in app.spec.env_sources.values() if each.startswith("/")})
    return f"set it in {files[0]!r}" if files else "set it in `env`, an env file or `secrets`"


def _said(app: Definition, code: Code, name: str, message: str, hint: str = "") -> Finding:
    return app.finding(code, message, app.variable(name), hint)


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdecimal() and 0 < int(value[:9]) < 65536


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?", value) is not None


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


_KINDS: Final[Mapping[str, Callable[[str], bool]]] = {
    "text": lambda _value: True,
    "url": lambda value: _URL.fullmatch(value) is not None,
    "port": _is_port,
    "number": _is_number,
    "boolean": lambda value: value.lower() in _BOOLEAN,
    "path": lambda value: "\0" not in value and "\n" not in value,
    "json": _is_json,
}
