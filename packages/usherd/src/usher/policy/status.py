"""Projections: what people and the daemon ask of a world. Pure, and never stored."""

from usher.api.types import ProbeStatus, Status
from usher.model.events import Key, Now
from usher.model.phase import (
    Backoff,
    Checking,
    Draining,
    Failed,
    Held,
    Process,
    Running,
    Starting,
    Stopping,
    Waiting,
)
from usher.model.spec import ServiceSpec, Value
from usher.model.world import Generation, Instance, Recovered, Service, Want, World
from usher.policy import health, lifecycle
from usher.policy.needs import unfulfilled, unfulfilled_words
from usher.policy.table import STATUS
from usher.policy.turn import generation_of, instances, is_live, is_ready, phase_name
from usher.policy.words import count, seconds


class InstanceView(Value, frozen=True):
    """What the policy knows of one instance for `api.types.InstanceStatus`."""

    slot: int
    generation: int
    run: int
    phase: str
    status: Status
    ready: bool
    pid: int | None
    started: float | None
    """Boot-clock instant of the spawn; None when there is no process."""
    uptime: float | None
    restarts: int
    result: str
    detail: str
    next_try: float | None
    probes: list[ProbeStatus]


class ServiceView(Value, frozen=True):
    """What the policy knows of one service for `api.types.ServiceStatus`."""

    id: int
    name: str
    namespace: str
    kind: str
    want: Want
    status: Status
    ready: int
    instances_wanted: int
    detail: str
    depends_on: dict[str, str]
    instances: list[InstanceView]


def views(world: World, now: Now) -> list[ServiceView]:
    """All services in the order in which they were first defined."""
    services = sorted(world.services.values(), key=lambda service: service.id)
    return [_service_view(world, service, now.boot) for service in services]


def service_view(world: World, name: str, now: Now) -> ServiceView:
    """One service; KeyError if there is none of this name."""
    return _service_view(world, world.services[name], now.boot)


def live_runs(world: World) -> dict[Key, int]:
    """Every run that is alive or may be, because its spawn was asked for."""
    return {
        instance.key: instance.run
        for service in world.services.values()
        for instance in instances(service)
        if is_live(instance)
    }


def spec_of(world: World, key: Key) -> ServiceSpec | None:
    """The definition under which the instance runs: that of its generation."""
    generation = _generation_of(world, key)
    return None if generation is None else generation.spec


def members(world: World, service: str) -> list[tuple[ServiceSpec, Key]]:
    """The instances of all generations, each with its definition; none of an unknown service."""
    found = world.services.get(service)
    return [
        (generation.spec, instance.key)
        for generation in (found.generations if found is not None else ())
        for instance in generation.instances.values()
    ]


def instance_id(world: World, key: Key) -> int:
    """PM2's number of an instance. KeyError if it does not exist."""
    generation = _generation_of(world, key)
    if generation is None:
        raise KeyError(f"cannot find instance {key}")
    return generation.instances[key.slot].id


def probe_interval(world: World, key: Key, probe: str) -> float:
    """Seconds from the start of one question to the start of the next, as things stand.

    Short while something is to be found out: after a failure, and until a recovery is verified.
    KeyError if the instance or the probe does not exist.
    """
    generation = _generation_of(world, key)
    spec = None if generation is None else health.probe_named(generation.spec, probe)
    if generation is None or spec is None:
        raise KeyError(f"cannot find probe {probe!r} of {key}")
    instance = generation.instances[key.slot]
    answers = instance.probes.get(probe)
    doubtful = answers is not None and (answers.failing or not answers.ok)
    incident = instance.incident
    if incident is not None and incident.probe == probe:
        doubtful = doubtful or not isinstance(incident.stage, Recovered)
    return spec.confirm_interval if doubtful else spec.interval


def saved(world: World) -> tuple[tuple[ServiceSpec, ...], tuple[str, ...]]:
    """All definitions, and the names that are wanted up: enough to begin again elsewhere."""
    services = sorted(world.services.values(), key=lambda service: service.id)
    kept = [service for service in services if not service.deleting]
    up = [service for service in kept if service.want == "up" and _to_resume(service)]
    return tuple(service.spec for service in kept), tuple(service.spec.name for service in up)


# -- details ---------------------------------------------------------------------------------------


def _to_resume(service: Service) -> bool:
    """A job that has done its work is not done again because the host was restarted."""
    members = service.current.instances.values()
    return service.spec.kind != "job" or any(phase_name(each) != "exited" for each in members)


def _generation_of(world: World, key: Key) -> Generation | None:
    service = world.services.get(key.service)
    generation = None if service is None else generation_of(service, key.generation)
    return generation if generation is not None and key.slot in generation.instances else None


def _service_view(world: World, service: Service, now: float) -> ServiceView:
    spec = service.spec
    members = sorted(instances(service), key=lambda each: (each.key.slot, each.key.generation))
    shown = [_instance_view(world, service, each, now) for each in members]
    status, detail = _summary(service, shown)
    return ServiceView(
        id=service.id,
        name=spec.name,
        namespace=spec.namespace,
        kind=spec.kind,
        want=service.want,
        status=status,
        ready=sum(view.ready for view in shown),
        instances_wanted=spec.instances,
        detail=detail,
        depends_on={need.name: need.condition for need in spec.depends_on},
        instances=shown,
    )


_WORST_FIRST: tuple[Status, ...] = (
    "failed",
    "held",
    "degraded",
    "deactivating",
    "waiting",
    "activating",
    "active",
    "inactive",
)


def _summary(service: Service, shown: list[InstanceView]) -> tuple[Status, str]:
    """One word for all instances: the worst, or `degraded` while some of them serve."""
    if not shown:
        return "inactive", ""
    worst = min(shown, key=lambda view: _WORST_FIRST.index(view.status))
    status = worst.status
    if any(view.ready for view in shown) and status not in ("active", "inactive"):
        status = "degraded"
    if service.want == "up" and len(shown) > 1 and status == "degraded":
        ready = sum(view.ready for view in shown)
        return status, f"{ready} of {len(shown)} ready; slot {worst.slot}: {worst.detail}"
    return status, worst.detail


def _instance_view(world: World, service: Service, instance: Instance, now: float) -> InstanceView:
    process = _process(instance)
    started = None if process is None else process.since
    status = STATUS[phase_name(instance)]
    detail = _detail(world, service, instance, now)
    if isinstance(instance.phase, Running) and detail:
        status = "degraded"
    next_try = _next_try(instance)
    generation = generation_of(service, instance.key.generation)
    return InstanceView(
        slot=instance.key.slot,
        generation=instance.key.generation,
        run=instance.run,
        phase=phase_name(instance),
        status=status,
        ready=is_ready(instance),
        pid=None if process is None else process.pid,
        started=started,
        uptime=None if started is None else now - started,
        restarts=instance.history.restarts,
        result=instance.history.result or "",
        detail=detail,
        next_try=None if next_try is None else max(0.0, next_try - now),
        probes=[] if generation is None else _probes(generation.spec, instance),
    )


def _process(instance: Instance) -> Process | None:
    match instance.phase:
        case Starting(process=process):
            return process
        case Running(process=process) | Draining(process=process) | Stopping(process=process):
            return process
        case _:
            return None


def _next_try(instance: Instance) -> float | None:
    match instance.phase:
        case Backoff(until=at) | Held(recheck_at=at):
            return at
        case _:
            return None


def _detail(world: World, service: Service, instance: Instance, now: float) -> str:
    """The reason of the present phase; empty where the word of the phase says everything."""
    history = instance.history
    match instance.phase:
        case Waiting():
            missing = unfulfilled(world.services, service.spec)
            return unfulfilled_words(missing) if missing else "waiting for its turn"
        case Checking():
            return "safety check before the start"
        case Starting(deadline=deadline):
            return f"not ready yet, given up in {seconds(max(0.0, deadline - now))}"
        case Running():
            return _complaint(world, service, instance)
        case Stopping(deadline=None):
            return "killed, and still there"
        case Stopping(killed=True):
            return "killed"
        case Backoff(until=until):
            again = seconds(max(0.0, until - now))
            return f"{history.detail}; attempt {history.attempt} in {again}"
        case Held(recheck_at=at):
            return f"{history.detail}; tried again in {seconds(max(0.0, at - now))}"
        case Failed():
            return history.detail
        case _:
            return ""


def _complaint(world: World, service: Service, instance: Instance) -> str:
    """What is wrong with a running instance; empty if nothing is."""
    for name, answers in sorted(instance.probes.items()):
        if answers.failing:
            return f"{name} failed {count(answers.in_row, 'time')} in a row: {answers.last}"
        if not answers.passed_ever and not answers.ok:
            return f"{name} has never passed: {answers.last}"
    missing = [
        need for need in unfulfilled(world.services, service.spec) if need.condition != "completed"
    ]
    return f"it runs without {', '.join(need.name for need in missing)}" if missing else ""


def _probes(spec: ServiceSpec, instance: Instance) -> list[ProbeStatus]:
    """All probes of the instance, the proof of readiness first while it is asked for."""
    ready = health.probe_named(spec, lifecycle.READY_PROBE)
    asked = list(spec.probes)
    if ready is not None and isinstance(instance.phase, Starting):
        asked.insert(0, ready)
    shown: list[ProbeStatus] = []
    for probe in asked:
        name = lifecycle.READY_PROBE if probe is ready else probe.name
        answers = instance.probes.get(name)
        shown.append(
            ProbeStatus(
                name=name,
                scope=probe.scope,
                ok=None if answers is None else answers.ok,
                in_row=0 if answers is None else answers.in_row,
                last="" if answers is None else answers.last,
            )
        )
    return shown
