"""Whether what a service needs is there, read off the state as it stands in this step."""

from collections.abc import Mapping

from usher.model.events import Key
from usher.model.phase import Draining, Exited, Failed, Held, Running, Starting, Stopping, Waiting
from usher.model.spec import Condition, Dependency, ServiceSpec
from usher.model.world import Facts, Instance, Service
from usher.policy.externals import is_overdue
from usher.policy.turn import instances, is_live, is_ready, is_unprovable, wanted


def fulfils(service: Service, condition: Condition) -> bool:
    """Whether `service` gives its dependents what `condition` asks for.

    One instance is enough: the others make it faster or safer, not available.
    """
    if condition == "completed":
        return _completed(service)
    if condition == "ready":
        return _has_ready(service) or _completed(service)
    return _started(service) or _completed(service)


def unfulfilled(services: Mapping[str, Service], spec: ServiceSpec) -> list[Dependency]:
    """The dependencies that keep this definition from being started now."""
    missing: list[Dependency] = []
    for need in spec.depends_on:
        service = services.get(need.name)
        if service is None or not fulfils(service, need.condition):
            missing.append(need)
    return missing


def unfulfilled_words(missing: list[Dependency]) -> str:
    """`waiting for database (ready) and migrate (completed)`, for people."""
    return "waiting for " + " and ".join(f"{need.name} ({need.condition})" for need in missing)


def has_live(service: Service) -> bool:
    """Whether any run of the service, of whatever generation, exists."""
    return any(is_live(instance) for instance in instances(service))


def facts_of(services: Mapping[str, Service], service: Service, *, steer: bool) -> Facts:
    """What others need to know of this service. `steer`: whether it has sockets to steer."""
    completed = _completed(service)
    return Facts(
        live=has_live(service),
        started=completed or _started(service),
        ready=completed or _has_ready(service),
        completed=completed,
        doomed=_doomed(services, service),
        serving=_serving(service) if steer else (),
    )


def _has_ready(service: Service) -> bool:
    return any(is_ready(instance) for instance in instances(service))


def _started(service: Service) -> bool:
    return any(
        isinstance(phase := instance.phase, Running | Draining | Stopping)
        or (isinstance(phase, Starting) and phase.process is not None)
        for instance in instances(service)
    )


def _completed(service: Service) -> bool:
    """All instances ended by themselves with success."""
    if not any(isinstance(each.phase, Exited) for each in service.current.instances.values()):
        return False  # as for most services, all the time
    members = wanted(service)
    return bool(members) and all(isinstance(member.phase, Exited) for member in members)


def _serving(service: Service) -> tuple[Key, ...]:
    """Who is to get connections: what is ready and trusted, or what is ready at all."""
    ready = [each for each in instances(service) if is_ready(each)]
    trusted = [each for each in ready if not _is_on_trial(each)]
    return tuple(sorted(each.key for each in trusted or ready))


def _is_on_trial(instance: Instance) -> bool:
    return isinstance(instance.phase, Running) and instance.phase.trial is not None


def _doomed(services: Mapping[str, Service], service: Service) -> str:
    """The service that has given up and for which this one would wait in vain; usually none."""
    members = service.current.instances.values()
    if any(
        isinstance(each.phase, Failed | Held) or is_overdue(each) or is_unprovable(each)
        for each in members
    ):
        return service.spec.name
    if not any(isinstance(member.phase, Waiting) for member in members):
        return ""
    for need in unfulfilled(services, service.spec):
        needed = services.get(need.name)
        root = need.name if needed is None else needed.facts.doomed
        if root:
            return root
    return ""
