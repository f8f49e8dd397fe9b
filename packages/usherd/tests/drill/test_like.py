"""What a drill takes over from an app of the user."""

from usher.drill.like import DEFAULTS, Settings, settings_of, shaped
from usher.model.spec import Plan, ProbeSpec, RestartPolicy, ServiceSpec, StopPolicy
from usher.model.target import CommandTarget, HttpTarget, LogTarget

OWN = ProbeSpec("web", HttpTarget("http://h/ok"), interval=60.0, timeout=8.0, failures=2)
DATABASE = ProbeSpec("db", CommandTarget(("true",)), "dependency", interval=5.0)
BEAT = ProbeSpec("beat", LogTarget("tick"), failures=1)
GIVEN = ServiceSpec(
    "shop", ("run",), "/", probes=(BEAT, DATABASE, OWN),
    restart=RestartPolicy(when="never"), stop=StopPolicy(timeout=1.0), instances=3,
)  # fmt: skip


def test_the_first_probe_that_asks_the_app_counts() -> None:
    expected = Settings(OWN, DATABASE, GIVEN.restart, GIVEN.stop, "shop")
    assert settings_of(GIVEN) == expected


def test_an_app_that_nobody_asks_has_none() -> None:
    assert settings_of(ServiceSpec("shop", ("run",), "/", probes=(BEAT, DATABASE))) is None


def test_only_times_and_policies_are_taken_over() -> None:
    alive = ProbeSpec("alive", HttpTarget("http://drill/health"))
    supplier = ProbeSpec("supplier", HttpTarget("http://drill/supplier"), "dependency")
    unasked = ServiceSpec("supplier", ("app",), "/")
    plan = Plan((ServiceSpec("dependency", ("app",), "/", probes=(alive, supplier)), unasked))
    settings = settings_of(GIVEN)
    assert settings is not None
    app, other = shaped(plan, settings).services
    assert other == unasked
    assert [each.name for each in app.probes] == ["alive", "supplier"]
    assert [each.target for each in app.probes] == [alive.target, supplier.target]
    assert [each.scope for each in app.probes] == ["self", "dependency"]
    assert [each.interval for each in app.probes] == [60.0, 5.0]
    assert (app.probes[0].timeout, app.probes[0].failures) == (8.0, 2)
    assert (app.restart, app.stop, app.instances) == (GIVEN.restart, GIVEN.stop, 1)


def test_the_defaults_change_nothing() -> None:
    alive = ProbeSpec("alive", HttpTarget("http://drill/health"))
    plan = Plan((ServiceSpec("stop", ("app",), "/", probes=(alive,)),))
    assert shaped(plan, DEFAULTS) == plan


def test_how_long_it_may_take_until_something_is_done() -> None:
    late = Settings(OWN, DATABASE, RestartPolicy(replace_after=120.0), StopPolicy())
    assert late.latest == 60.0 + 2 * 8.0 + 120.0
    assert DEFAULTS.latest <= 30.0
