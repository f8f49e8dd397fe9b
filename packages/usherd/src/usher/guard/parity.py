"""Two hosts side by side, from what each wrote about itself: what differs, and nothing secret."""

from collections.abc import Iterator, Mapping

from usher.guard import env_compare
from usher.model.facts import AppFacts, HostFacts
from usher.model.value import Value


class Row(Value, frozen=True):
    """One thing that differs. `standing` is one of env_compare.Standing."""

    area: str
    """host, version, app, env, port, instances, command, migration or reach."""
    app: str
    name: str
    standing: env_compare.Standing
    a: str = ""
    b: str = ""


def compare(a: HostFacts, b: HostFacts) -> list[Row]:
    """Return what differs. Without a common key only which variables are there is compared."""
    rows = [Row("host", "", "role", "differs", a.role, b.role)] if a.role != b.role else []
    rows += _maps("version", "", a.versions, b.versions)
    for name, one, other in _pairs(a, b):
        if one is None or other is None:
            rows.append(Row("app", name, name, "missing" if other is None else "extra"))
        else:
            rows += _app(name, one, other, same_key=a.key == b.key)
    return rows


def _pairs(a: HostFacts, b: HostFacts) -> Iterator[tuple[str, AppFacts | None, AppFacts | None]]:
    """Pair apps by name; where each side has one only, they are meant, whatever their names."""
    if len(a.apps) == len(b.apps) == 1:
        ((name, one),), (other,) = a.apps.items(), b.apps.values()
        yield name, one, other
        return
    for name in sorted({*a.apps, *b.apps}):
        yield name, a.apps.get(name), b.apps.get(name)


def _app(name: str, a: AppFacts, b: AppFacts, *, same_key: bool) -> Iterator[Row]:
    for each in env_compare.diff(a.env, b.env):
        if each.standing == "same" or (each.standing == "differs" and not same_key):
            continue
        one, other = (each.a, each.b) if same_key else ("", "")
        yield Row("env", name, each.name, each.standing, one, other)
    yield from _maps("reach", name, a.reaches, b.reaches)
    figures = (
        ("version", a.version, b.version),
        ("instances", str(a.instances), str(b.instances)),
        ("port", " ".join(map(str, a.ports)), " ".join(map(str, b.ports))),
        ("command", " ".join(a.argv), " ".join(b.argv)),
    )
    for area, one, other in figures:
        if one != other and one and other:
            yield Row(area, name, area, "differs", one, other)
    only = {*a.migrations} ^ {*b.migrations}
    for each in sorted(only) if a.migrations and b.migrations else ():
        yield Row("migration", name, each, "missing" if each in a.migrations else "extra")


def _maps(area: str, app: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Row]:
    """Compare what both sides looked at; what one did not look at is not said to be missing."""
    for name in sorted({*a} & {*b}):
        if a[name] != b[name]:
            yield Row(area, app, name, "differs", a[name], b[name])
    for name in sorted({*a} ^ {*b}) if a and b else ():
        standing = "missing" if name in a else "extra"
        yield Row(area, app, name, standing, a.get(name, ""), b.get(name, ""))
