"""Projections: what people and the daemon ask of a world. Pure, and never stored."""

from typing import NamedTuple, assert_never

from usher.api.types import Pm2Status, ProbeStatus, Status
from usher.model.events import Exit, Key, Now, PlanChanged
from usher.model.fault import Fault
from usher.model.phase import (
    Backoff,
    Checking,
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Outside,
    Process,
    Running,
    Starting,
    Stopping,
    Waiting,
)
from usher.model.spec import ChannelReady, RemoteSpec, ServiceSpec, Value
from usher.model.world import (
    Generation,
    Handover,
    Instance,
    ProbeCount,
    Proving,
    Recovered,
    Reverting,
    Rolling,
    Service,
    Settled,
    Want,
    World,
)
from usher.policy import externals, restart
from usher.policy.needs import unfulfilled, unfulfilled_words
from usher.policy.probed import failed_words, probe_named
from usher.policy.table import STATUS
from usher.policy.turn import (
    READY_PROBE,
    generation_of,
    instances,
    is_candidate,
    is_live,
    is_ready,
    phase_name,
    ready_fault,
    wanted,
)
from usher.policy.words import seconds


class InstanceView(Value, frozen=True):
    """What the policy knows of one instance for `api.types.InstanceStatus`."""

    id: int
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
    ready_after: float | None
    """Seconds from its start to the proof of readiness; None without that."""
    restarts: int
    parked: bool
    created: float
    """Wall clock."""
    restart_time: int
    unstable: int
    exit_code: int | None
    pm2_status: Pm2Status
    listed: bool
    result: str
    detail: str
    next_try: float | None
    last_delay: float
    probes: list[ProbeStatus]
    restarts_recent: int = 0
    """Within the window of the restart budget."""


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
    label: str
    rollout: str
    """What a reload or restart is doing, or how the last reload failed; empty if neither."""
    watch_paused: bool
    depends_on: dict[str, str]
    instances: list[InstanceView]


class Saved(NamedTuple):
    """Enough to begin again elsewhere: fields of a PlanChanged."""

    services: tuple[ServiceSpec, ...]
    up: tuple[str, ...]
    """Names that are wanted up ..."""
    slots: dict[str, tuple[int, ...]]
    """... some of them with these slots only, counted as a new definition counts them."""
    stopped: tuple[str, ...]
    """Names that a person stopped."""
    remotes: tuple[RemoteSpec, ...] = ()
    """What is watched."""


def views(world: World, now: Now) -> list[ServiceView]:
    """All services in the order in which they were first defined."""
    services = sorted(world.services.values(), key=lambda service: service.id)
    return [_service_view(world, service, now.boot) for service in services]


def service_view(world: World, name: str, now: Now) -> ServiceView:
    """One service; KeyError if there is none of this name."""
    return _service_view(world, world.services[name], now.boot)


def recent_starts(world: World, name: str, since: float) -> int:
    """How often instances of a service were started by ourselves after that instant."""
    history = [each.history.starts for each in instances(world.services[name])]
    return sum(start > since for starts in history for start in starts)


def live_runs(world: World) -> dict[Key, int]:
    """Every run that is alive or may be, because its spawn was asked for."""
    return {
        instance.key: instance.run
        for service in world.services.values()
        for instance in instances(service)
        if is_live(instance)
    }


def live_run(world: World, key: Key) -> int | None:
    """The run of one instance that `live_runs` has of it."""
    generation = _generation_of(world, key)
    instance = None if generation is None else generation.instances[key.slot]
    return None if instance is None or not is_live(instance) else instance.run


def is_any_live(world: World) -> bool:
    """Whether there are `live_runs`."""
    return any(
        is_live(instance) for service in world.services.values() for instance in instances(service)
    )


def alive_since(world: World, key: Key) -> float | None:
    """Boot-clock instant at which the process of an instance was spawned; None without one."""
    generation = _generation_of(world, key)
    instance = None if generation is None else generation.instances[key.slot]
    process = None if instance is None else _process(instance)
    return None if process is None else process.since


def answers_to(world: World, key: Key, probe: str) -> ProbeCount:
    """What the answers of an instance to a probe add up to; nothing for what is forgotten."""
    generation = _generation_of(world, key)
    instance = None if generation is None else generation.instances[key.slot]
    return ProbeCount() if instance is None else instance.probes.get(probe, ProbeCount())


def spec_of(world: World, key: Key) -> ServiceSpec | None:
    """The definition under which the instance runs: that of its generation."""
    generation = _generation_of(world, key)
    return None if generation is None else generation.spec


def successor_of(world: World, key: Key) -> Key | None:
    """Who has the slot of an instance whose generation is gone; None: nobody."""
    service = world.services.get(key.service)
    held = None if service is None else service.current.instances.get(key.slot)
    return None if held is None else held.key


def uses_too_much(world: World, key: Key) -> bool:
    """Whether it used more memory than it may, and no reading has said since that it does not."""
    generation = _generation_of(world, key)
    return generation is not None and generation.instances[key.slot].excess is not None


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
    spec = None if generation is None else probe_named(generation.spec, probe)
    if generation is None or spec is None:
        raise KeyError(f"cannot find probe {probe!r} of {key}")
    instance = generation.instances[key.slot]
    answers = instance.probes.get(probe)
    doubtful = answers is not None and (answers.failing or not answers.ok)
    incident = instance.incident
    if incident is not None and incident.probe == probe:
        doubtful = doubtful or not isinstance(incident.stage, Recovered)
    return spec.confirm_interval if doubtful else spec.interval


def saved(world: World) -> Saved:
    """All definitions, and what of them is to be up: what a person stopped stays down."""
    services = sorted(world.services.values(), key=lambda service: service.id)
    kept = [service for service in services if not service.deleting]
    up = [service for service in kept if service.want == "up" and _to_resume(service)]
    partly = {service.spec.name: _running_slots(service) for service in up}
    stopped = [each for each in kept if each.want == "down" and not wanted(each)]
    return Saved(
        services=tuple(service.spec for service in kept),
        up=tuple(service.spec.name for service in up),
        slots={name: slots for name, slots in partly.items() if slots is not None},
        stopped=tuple(service.spec.name for service in stopped),
        # A Shutdown ends the watch, too; it is begun again with the file.
        remotes=() if world.shutdown else tuple(each.spec for each in world.remotes.values()),
    )


def define_again(saved: Saved, *, job: str, origin: str) -> PlanChanged:
    """The request that brings all of it back."""
    return PlanChanged(
        job=job,
        origin=origin,
        services=saved.services,
        start=saved.up,
        slots=saved.slots,
        stopped=saved.stopped,
        remotes=saved.remotes,
    )


def needs(world: World, name: str) -> list[str]:
    """What a service or a remote depends on; nothing of an unknown name."""
    if name in world.services:
        return [need.name for need in world.services[name].spec.depends_on]
    return list(world.remotes[name].spec.depends_on) if name in world.remotes else []


def slots(world: World, service: str) -> tuple[int, ...]:
    """The slots of a service, ascending; they may have gaps. KeyError if there is none."""
    return tuple(sorted({each.key.slot for each in instances(world.services[service])}))


# -- PM2's words -----------------------------------------------------------------------------------


def pm2_status(spec: ServiceSpec, instance: Instance) -> Pm2Status:
    """The word of PM2's lists. `online` there means spawned, or said ready with wait_ready."""
    match instance.phase:
        case Running():
            return "online"
        case Starting(process=process):
            spawned = process is not None and not isinstance(spec.ready.proof, ChannelReady)
            return "online" if spawned else "launching"
        case Waiting() | Checking():
            return "launching"
        case Draining() | Stopping():
            return "stopping"
        case Backoff():
            return "waiting restart"
        case Held():
            return "errored"
        case Failed(result=result):
            meant = spec.restart.when == "never" and result != "refused"
            return "stopped" if meant else "errored"
        case Inactive() | Exited():
            return "stopped"
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(instance.phase)


# -- details ---------------------------------------------------------------------------------------


def _running_slots(service: Service) -> tuple[int, ...] | None:
    """Which instances, by their place among all, were not stopped singly; None if none was."""
    members = service.current.instances
    staying = [members[slot] for slot in sorted(members) if not members[slot].leaving]
    if not any(each.parked for each in staying):
        return None
    return tuple(place for place, each in enumerate(staying) if not each.parked)


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
    listed = _listed(members, service)
    views = [_instance_view(world, service, each, now, listed=each in listed) for each in members]
    shown = [view for view in views if view.listed]
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
        label=spec.label,
        rollout=_rollout_words(service),
        watch_paused=service.watch_paused,
        depends_on={need.name: need.condition for need in spec.depends_on}
        | {each.name: "external" for each in spec.externals},
        instances=views,
    )


def _listed(members: list[Instance], service: Service) -> list[Instance]:
    """One instance for each slot: the one that serves, or is to serve, as far as it is trusted."""
    best: dict[int, Instance] = {}
    for instance in members:
        rival = best.get(instance.key.slot)
        if rival is None or _rank(instance, service) < _rank(rival, service):
            best[instance.key.slot] = instance
    return list(best.values())


def _rank(instance: Instance, service: Service) -> int:
    if is_candidate(service, instance):
        phase = instance.phase
        return 0 if isinstance(phase, Running) and phase.trial is None else 4
    ours = instance.key.generation == service.current.number
    if is_live(instance):
        return 1 if ours else 2
    return 3


def _rollout_words(service: Service) -> str:
    match service.rollout:
        case Proving(batch=batch, todo=todo):
            return f"reload: proving {_slots_words(batch)}, {len(todo)} to come"
        case Handover(batch=batch, todo=todo):
            return f"reload: draining the old {_slots_words(batch)}, {len(todo)} to come"
        case Reverting(why=why):
            return f"reload rejected: {why}; taking it back"
        case Settled(result=str(), why=why):
            return f"the last reload was rejected: {why}"
        case Rolling(active=int(active), todo=todo):
            return f"restart: slot {active} is out, {len(todo)} to come"
        case Rolling(todo=todo):
            return f"restart: {len(todo)} to come"
        case _:
            return ""


def _slots_words(slots: tuple[int, ...]) -> str:
    return ("slot " if len(slots) == 1 else "slots ") + ", ".join(str(slot) for slot in slots)


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


def _instance_view(
    world: World, service: Service, instance: Instance, now: float, *, listed: bool
) -> InstanceView:
    process = _process(instance)
    started = None if process is None else process.since
    status = STATUS[phase_name(instance)]
    detail = _detail(world, service, instance, now)
    if isinstance(instance.phase, Running) and detail:
        status = "degraded"
    next_try = _next_try(instance)
    generation = generation_of(service, instance.key.generation)
    spec = service.spec if generation is None else generation.spec
    last = instance.last_exit
    return InstanceView(
        id=instance.id,
        slot=instance.key.slot,
        generation=instance.key.generation,
        run=instance.run,
        phase=phase_name(instance),
        status=status,
        ready=is_ready(instance),
        pid=None if process is None else process.pid,
        started=started,
        uptime=None if started is None else now - started,
        ready_after=_ready_after(instance),
        restarts=instance.history.restarts,
        parked=instance.parked,
        created=instance.created,
        restart_time=instance.restart_time,
        unstable=instance.unstable,
        exit_code=last.code if isinstance(last, Exit) else None,
        pm2_status=pm2_status(spec, instance),
        listed=listed,
        result=instance.history.result or "",
        detail=detail,
        next_try=None if next_try is None else max(0.0, next_try - now),
        last_delay=_last_delay(spec, instance),
        probes=_probes(spec, instance),
        restarts_recent=len(restart.recent_starts(spec.restart, instance.history, now)),
    )


def _ready_after(instance: Instance) -> float | None:
    match instance.phase:
        case Running(process=process, since=since):
            return max(0.0, since - process.since)
        case _:
            return None


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


def _last_delay(spec: ServiceSpec, instance: Instance) -> float:
    attempt = instance.history.attempt
    return restart.delay(spec.restart, instance.key, attempt - 1) if attempt else 0.0


def _detail(world: World, service: Service, instance: Instance, now: float) -> str:
    """The reason of the present phase; empty where the word of the phase says everything."""
    history = instance.history
    match instance.phase:
        case Waiting(outside=Outside(missing=missing)) if missing:
            return externals.words(missing)
        case Waiting():
            missing = unfulfilled(world.services, service.spec)
            return unfulfilled_words(missing) if missing else "waiting for its turn"
        case Checking():
            return "safety check before the start"
        case Starting(deadline=None):
            return f"not ready: {ready_fault(instance)}"
        case Starting(deadline=float(deadline)):
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
        case Held(recheck_at=None) | Held(fault=Fault()):
            return history.detail
        case Held(recheck_at=float(at)):
            return f"{history.detail}; tried again in {seconds(max(0.0, at - now))}"
        case Failed():
            return history.detail
        case _:
            return ""


def _complaint(world: World, service: Service, instance: Instance) -> str:
    """What is wrong with a running instance; empty if nothing is."""
    generation = generation_of(service, instance.key.generation)
    spec = service.spec if generation is None else generation.spec
    for name, answers in sorted(instance.probes.items()):
        probe = probe_named(spec, name)
        if answers.failing and probe is not None:
            return failed_words(probe, answers)
        if not answers.passed_ever and not answers.ok:
            return f"{name} has never passed: {answers.wrong or answers.last}"
    missing = [
        need for need in unfulfilled(world.services, service.spec) if need.condition != "completed"
    ]
    return f"it runs without {', '.join(need.name for need in missing)}" if missing else ""


def _probes(spec: ServiceSpec, instance: Instance) -> list[ProbeStatus]:
    """All probes of the instance, the proof of readiness first while it is asked for."""
    ready = probe_named(spec, READY_PROBE)
    asked = list(spec.probes)
    if ready is not None and isinstance(instance.phase, Starting):
        asked.insert(0, ready)
    shown: list[ProbeStatus] = []
    for probe in asked:
        name = READY_PROBE if probe is ready else probe.name
        answers = instance.probes.get(name)
        asked_yet = answers is not None
        answers = answers or ProbeCount()
        shown.append(
            ProbeStatus(
                name=name,
                scope=probe.scope,
                ok=answers.ok if asked_yet else None,
                in_row=answers.in_row,
                last=answers.last,
                failing=answers.failing,
                passed_ever=answers.passed_ever,
                status=answers.status,
            )
        )
    return shown
