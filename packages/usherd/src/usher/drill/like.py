"""A drill with the settings of one of the user's apps instead of the defaults.

Probe times and the policies of restarting and stopping are taken over: they decide how soon a fault
is noticed and mended. The app itself, its addresses and its limits are not.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from usher.model.spec import Plan, ProbeSpec, RestartPolicy, ServiceSpec, StopPolicy
from usher.model.target import HttpTarget, LogTarget, WatchdogTarget


class Settings(NamedTuple):
    """What decides how soon something is done."""

    own: ProbeSpec
    """Times of a question to the app itself ..."""
    dependency: ProbeSpec
    """... and of one to what it depends on."""
    restart: RestartPolicy
    stop: StopPolicy
    of: str = ""
    """The app that has them; empty: they are the defaults."""

    @property
    def latest(self) -> float:
        """Seconds from a fault until something is done about it, at most.

        The last answer was good just before it, and every further one takes all of its time.
        """
        probes = (self.own, self.dependency)
        noticed = max(each.interval + each.failures * _pace(each) for each in probes)
        return noticed + self.restart.replace_after


_ASKED = ProbeSpec(name="", target=HttpTarget(url=""))

DEFAULTS = Settings(_ASKED, _ASKED, RestartPolicy(), StopPolicy())


def settings_of(spec: ServiceSpec) -> Settings | None:
    """Return those of an app; None where no probe asks it: then no hang of it would be noticed."""
    own = next(_asked(spec, "self"), None)
    if own is None:
        return None
    dependency = next(_asked(spec, "dependency"), _ASKED)
    return Settings(own, dependency, spec.restart, spec.stop, spec.name)


def shaped(plan: Plan, settings: Settings) -> Plan:
    """Give these settings to what is watched in a plan."""
    services = (_shaped(each, settings) if each.probes else each for each in plan.services)
    return replace(plan, services=tuple(services))


def _shaped(spec: ServiceSpec, settings: Settings) -> ServiceSpec:
    probes = tuple(
        _timed(each, settings.dependency if each.scope == "dependency" else settings.own)
        for each in spec.probes
    )
    return replace(spec, probes=probes, restart=settings.restart, stop=settings.stop)


def _timed(probe: ProbeSpec, times: ProbeSpec) -> ProbeSpec:
    return replace(times, name=probe.name, target=probe.target, scope=probe.scope)


def _asked(spec: ServiceSpec, scope: str) -> Iterator[ProbeSpec]:
    """Yield probes that ask; signs of life have times that mean something else."""
    for probe in spec.probes:
        if probe.scope == scope and not isinstance(probe.target, LogTarget | WatchdogTarget):
            yield probe


def _pace(probe: ProbeSpec) -> float:
    return max(probe.confirm_interval, probe.timeout)
