"""Which roles an app needs, and whether it may start on this host.

Several places can *claim* an app for roles: its own definition, `[apps]` of the rules (by name, or
by script, folder and port), `[files]` by the file that defines it, and being the same program as
an app that one of those binds. The app needs a role that all its claims allow.

A file's name is worth the least: it counts only as long as no app of the file is claimed for
something else, so that a renamed or copied file carries its apps' roles with it. The text of a
file is never looked at, only what it defines.

Once anybody declares anything, what is unknown is refused (design 2.5): neither side declares: no
guard; one side declares, or they differ: refused.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from usher.guard.code import Code
from usher.guard.roles import HostRole
from usher.model.finding import Finding
from usher.model.guard import App, AppRule, Rules
from usher.model.value import Value

WRONG_ROLE = Code(
    "guard.role",
    "error",
    "The app belongs on a host of another role",
    "The app is bound to one role, and the evidence says that this host has another one: the "
    "configuration of another server was started here.",
    "Start the file that belongs to this host's role. If the host's role is wrong, `usher role` "
    "shows which evidence says so.",
    forceable=True,
)
UNKNOWN_ROLE = Code(
    "guard.unknown_role",
    "error",
    "The role of this host is not known",
    "Roles are declared, but no evidence tells which one this host has, or it cannot be read.",
    "Pin the role with `usher role set ROLE`, or correct the evidence that the rules name.",
    forceable=True,
)
CONTRADICTION = Code(
    "guard.contradiction",
    "error",
    "The evidence for the role of this host contradicts itself",
    "Two pieces of evidence of equal weight name different roles, or one names a role that is not "
    "declared.",
    "Correct the evidence that is wrong, or pin the role with `usher role set ROLE`.",
    forceable=True,
)
UNKNOWN_APP = Code(
    "guard.unknown_app",
    "error",
    "Nobody says which role the app needs",
    "Roles are declared, but neither the app itself nor the rules bind it to one. A new name for "
    "a known app, or the name of its file alone, proves nothing.",
    "Bind the app: `role` in its definition, or its name under `[apps]` of the guard file.",
    forceable=True,
)
APP_CONTRADICTION = Code(
    "guard.app_contradiction",
    "error",
    "The app is bound to roles that exclude each other",
    "Its name, its file, or being the same program as another app bind it to different roles: "
    "mostly a file that was copied or renamed.",
    "Start the file that belongs to the role. An app of several roles is bound to all of them "
    "under `[apps]`.",
    forceable=True,
)

CODES = (WRONG_ROLE, UNKNOWN_ROLE, CONTRADICTION, UNKNOWN_APP, APP_CONTRADICTION)


class Claim(Value, frozen=True):
    """One place that binds an app: any of `roles` will do for it. `by` says it in words."""

    roles: tuple[str, ...]
    by: str


class Setting(Value, frozen=True):
    """What an app is judged against."""

    rules: tuple[Rules, ...]
    host: HostRole
    bound: tuple[App, ...] = ()
    """Apps of the files that `[files]` names, to recognise them under another name."""


class Binding(Value, frozen=True):
    """An app with everything that claims it."""

    app: App
    claims: tuple[Claim, ...]

    @property
    def roles(self) -> frozenset[str]:
        """Roles that all claims allow; empty without claims, and when they exclude each other."""
        everything = frozenset(role for claim in self.claims for role in claim.roles)
        return frozenset(
            role for role in everything if all(role in claim.roles for claim in self.claims)
        )

    @property
    def words(self) -> str:
        """Every claim: "'web' by [apps] in /etc/usher/usher.guard.toml, ..."."""
        return ", ".join(f"{_or(claim.roles) or 'none'} by {claim.by}" for claim in self.claims)


def judge(apps: Sequence[App], setting: Setting, beside: Sequence[App] = ()) -> list[Finding]:
    """Say what keeps `apps` from being started here; nothing: they may.

    `beside`: further apps of the same files, which tell what these files hold.
    """
    if not is_declared(apps, setting):
        return []
    return [
        finding
        for binding in bind(apps, setting, beside)
        if (finding := _finding(binding, setting)) is not None
    ]


def is_declared(apps: Iterable[App], setting: Setting) -> bool:
    """Tell whether anybody declared a role, so that everybody has to."""
    by_host = setting.host.standing != "undeclared"
    return bool(setting.rules) or by_host or any(app.role for app in apps)


def bind(apps: Sequence[App], setting: Setting, beside: Sequence[App] = ()) -> list[Binding]:
    """Find everything that claims each app."""
    everything = list(dict.fromkeys([*apps, *beside]))
    strong = {app: _strong_claims(app, setting) for app in everything}
    return [Binding(app, _with_file(app, setting.rules, strong)) for app in apps]


def _with_file(
    app: App, rules: Sequence[Rules], strong: dict[App, tuple[Claim, ...]]
) -> tuple[Claim, ...]:
    """Add the claim of its file, unless an app of the file is none of those roles."""
    by_file = tuple(_file_claims(app.file, rules))
    if not by_file or strong[app]:
        return (*strong[app], *by_file)
    others = [claims for other, claims in strong.items() if other.file == app.file and claims]
    named = Binding(app, by_file).roles
    if any(not (Binding(app, claims).roles & named) for claims in others):
        return ()
    return by_file


def _strong_claims(app: App, setting: Setting) -> tuple[Claim, ...]:
    """Find what claims the app itself, by name or by what it runs."""
    twins = [other for other in setting.bound if other.file != app.file and is_same(app, other)]
    by_twin = [claim for twin in twins for claim in _twin_claims(twin, setting.rules)]
    return (*_direct_claims(app, setting.rules), *by_twin)


def _direct_claims(app: App, rules: Sequence[Rules]) -> tuple[Claim, ...]:
    own = (Claim((app.role,), "its own definition"),) if app.role else ()
    by_rule = (
        Claim(rule.roles, f"[apps] {rule.name!r} in {each.source}")
        for each in rules
        for rule in each.apps
        if _means(rule, app)
    )
    return (*own, *by_rule)


def _twin_claims(twin: App, rules: Sequence[Rules]) -> Iterable[Claim]:
    """Claim an app for what the app it equals is bound to: by name if it is, else by its file."""
    claims = _direct_claims(twin, rules) or tuple(_file_claims(twin.file, rules))
    if claims:
        roles = tuple(sorted(Binding(twin, claims).roles))
        yield Claim(roles, f"being {twin.name!r} of {_base(twin.file)}")


def _file_claims(file: str, rules: Sequence[Rules]) -> Iterable[Claim]:
    for each in rules:
        for name, roles in each.files.items():
            if file and name in (file, _base(file)):
                yield Claim(roles, f"[files] {_base(name)!r} in {each.source}")


def bound_files(rules: Rules) -> Iterable[str]:
    """Name the files that `[files]` binds; a bare name means the one beside the rules."""
    folder = rules.source.rpartition("/")[0]
    return [name if "/" in name else f"{folder}/{name}" for name in rules.files]


def is_same(one: App, other: App) -> bool:
    """Tell whether two definitions run the same program: script and folder, and nothing between.

    `npm run web` and `npm run api` in one folder are two programs, by words and port.
    """
    if not one.script or (one.script, one.cwd) != (other.script, other.cwd):
        return False
    return one.args == other.args or bool(set(one.ports) & set(other.ports))


def _means(rule: AppRule, app: App) -> bool:
    if rule.name in (app.name, app.label):
        return True
    return rule.describes and all(
        (
            not rule.script or fnmatchcase(app.script, rule.script),
            not rule.cwd or fnmatchcase(app.cwd, rule.cwd),
            not rule.port or rule.port in app.ports,
        )
    )


# -- verdicts --------------------------------------------------------------------------------------


def _finding(binding: Binding, setting: Setting) -> Finding | None:
    app, host = binding.app, setting.host
    cannot = f"cannot start {(app.label or app.name)!r}"
    if host.standing == "contradictory":
        said = "; ".join(f"{sign.evidence} says {_said(sign.roles)}" for sign in host.deciding)
        hint = "correct the one that is wrong, or pin the role: usher role set ROLE"
        return _found(
            CONTRADICTION, app, f"{cannot}: the role of this host is unclear: {said}", hint
        )
    if host.standing != "known":
        needed = f", the app needs {_or(sorted(binding.roles))}" if binding.roles else ""
        seen = ", ".join(str(sign.evidence) for sign in host.signs) or "nothing was declared"
        message = f"{cannot}: the role of this host is not known ({seen}){needed}"
        return _found(UNKNOWN_ROLE, app, message, _way_to_a_role(setting))
    here = f"this host has role {host.role!r} ({host.because})"
    if not binding.claims:
        hint = f"write its name under [apps], or role = {host.role!r} into its definition"
        return _found(
            UNKNOWN_APP, app, f"{cannot}: {here}, and nothing says what the app needs", hint
        )
    if not binding.roles:
        message = f"{cannot}: it is bound to roles that exclude each other: {binding.words}; {here}"
        return _found(APP_CONTRADICTION, app, message, _right_file(setting, app))
    if host.role not in binding.roles:
        needed = f"the app needs {_or(sorted(binding.roles))}"
        return _found(WRONG_ROLE, app, f"{cannot}: {here}, {needed}", _right_file(setting, app))
    return None


def _found(code: Code, app: App, message: str, hint: str) -> Finding:
    return code.finding(message, app=app.name, file=app.file, hint=hint)


def _way_to_a_role(setting: Setting) -> str:
    """Say how to pin one; which one is for a person to say who knows the host, not the app."""
    known = dict.fromkeys(role for each in setting.rules for role in each.roles)
    among = f", with {_or(known)}" if known else ""
    return f"usher role set ROLE{among}: the role that this host has"


def _right_file(setting: Setting, app: App) -> str:
    """Name the file that belongs here; a file under its name that holds this app does not."""
    role = setting.host.role
    bound = [f for each in setting.rules for f, roles in each.files.items() if role in roles]
    files = dict.fromkeys(_base(file) for file in bound if _base(file) != _base(app.file))
    if files:
        return f"use {' or '.join(files)}"
    if bound:
        return f"{_base(app.file)} holds apps of another role: was it copied or renamed?"
    return f"no file is bound to {role!r}"


def _said(roles: Sequence[str]) -> str:
    return " and ".join(map(repr, roles)) or "no role that is declared"


def _or(roles: Iterable[str]) -> str:
    return " or ".join(map(repr, roles))


def _base(path: str) -> str:
    return path.rpartition("/")[2]
