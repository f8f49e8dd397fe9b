"""The world as the interface shows it: policy's view joined with pids, resources and addresses."""

import contextlib
from typing import Final

import msgspec

from usher.api.types import InstanceStatus, ProbeStatus, Problem, ServiceStatus
from usher.daemon import selectors
from usher.daemon.server import HttpError
from usher.model import events as ev
from usher.model.spec import RemoteSpec, ServiceSpec
from usher.model.world import World
from usher.policy import status
from usher.redaction.names import masked
from usher.runtime import clock, files, processes, versions
from usher.runtime.environments import Environments
from usher.runtime.log_paths import log_paths
from usher.runtime.supervisor import Supervisor

CPU_WINDOW: Final = 1.0
"""Seconds between two readings from which a CPU share is computed."""


class Saved(msgspec.Struct, frozen=True):
    """What `save` keeps: definitions (environments by digest) and what of them was up."""

    services: tuple[ServiceSpec, ...]
    up: tuple[str, ...]
    slots: dict[str, tuple[int, ...]] = {}
    """Services of which only these instances were up."""
    stopped: tuple[str, ...] = ()
    """Names that a person had stopped."""
    remotes: tuple[RemoteSpec, ...] = ()
    """What was watched."""


class CpuMeter:
    """CPU share of a pid since the last reading that is at least CPU_WINDOW seconds old."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[float, float, float]] = {}

    def read(self, pid: int, cpu: float, now: float, started: float | None) -> float | None:
        """Return per cent of one core; since its start for a process seen for the first time."""
        seen, spent, share = self._last.get(pid, (started or now, 0.0, 0.0))
        if now - seen < CPU_WINDOW:
            return share if pid in self._last else None
        share = round(100 * max(0.0, cpu - spent) / (now - seen), 1)
        self._last[pid] = (now, cpu, share)
        return share

    def forget_all_but(self, pids: set[int]) -> None:
        """Drop processes that have ended."""
        self._last = {pid: each for pid, each in self._last.items() if pid in pids}


_meter = CpuMeter()


def services(supervisor: Supervisor) -> list[ServiceStatus]:
    """All services, in order of their first definition."""
    now = clock.read()
    shown = _Shown(supervisor.environments)
    views = status.views(supervisor.world, now)
    found = [_service(supervisor, view, now.boot, shown) for view in views]
    pids = {each.pid for service in found for each in service.instances if each.pid is not None}
    _meter.forget_all_but(pids)
    return found


class _Shown(dict[str, dict[str, str]]):
    """Environments as they may be shown, by digest: most services share theirs."""

    def __init__(self, environments: Environments) -> None:
        super().__init__()
        self._environments = environments

    def __missing__(self, digest: str) -> dict[str, str]:
        self[digest] = masked(self._environments.get(digest))
        return self[digest]


def _service(
    supervisor: Supervisor, view: status.ServiceView, now: float, shown: _Shown
) -> ServiceStatus:
    spec = supervisor.spec(view.name)
    instances = [_instance(supervisor, spec, each, now) for each in view.instances]
    return ServiceStatus(
        id=view.id,
        name=view.name,
        namespace=view.namespace,
        kind=view.kind,
        want=view.want,
        status=view.status,
        ready=view.ready,
        instances_wanted=view.instances_wanted,
        detail=supervisor.redacting.text(view.detail),
        label=view.label,
        rollout=view.rollout,
        watch_paused=view.watch_paused,
        addresses=supervisor.sockets.addresses(spec),
        argv=supervisor.redacting.redactor.words(spec.argv),
        cwd=spec.cwd,
        origin=spec.origin,
        depends_on=dict(view.depends_on),
        out_log=instances[0].out_log if instances else "",
        err_log=instances[0].err_log if instances else "",
        env=shown[spec.env_digest],
        instances=instances,
        env_sources=spec.env_sources | {each.name: str(each) for each in spec.secrets},
        env_drift=supervisor.env_drift.of(
            spec, [each.pid for each in instances if each.pid is not None]
        ),
    )


def _instance(
    supervisor: Supervisor, spec: ServiceSpec, view: status.InstanceView, now: float
) -> InstanceStatus:
    paths = log_paths(supervisor.home, spec, view.slot, view.id)
    usage = processes.usage(view.pid) if view.pid is not None else None
    cpu = None
    if usage is not None and view.pid is not None:
        cpu = _meter.read(view.pid, usage.cpu, now, view.started)
    key = ev.Key(spec.name, view.generation, view.slot)
    pool = supervisor.pools.seen(key, view.run)
    fault, fault_at = supervisor.history.last_fault(spec.name, view.slot)
    return InstanceStatus(
        id=view.id,
        slot=view.slot,
        generation=view.generation,
        run=view.run,
        phase=view.phase,
        status=view.status,
        ready=view.ready,
        pid=view.pid,
        uptime=view.uptime,
        restarts=view.restarts,
        parked=view.parked,
        created=view.created,
        restart_time=view.restart_time,
        unstable=view.unstable,
        exit_code=view.exit_code,
        pm2_status=view.pm2_status,
        listed=view.listed,
        result=view.result,
        detail=supervisor.redacting.text(view.detail),
        next_try=view.next_try,
        last_delay=view.last_delay,
        memory=None if usage is None else usage.memory,
        cpu=cpu,
        probes=[_timed(supervisor, key, each) for each in view.probes],
        out_log=paths.out,
        err_log=paths.err,
        connections=pool.connections,
        connections_limit=pool.size,
        findings=[*pool.findings, *supervisor.figures.faults.of(key)],
        restarts_recent=view.restarts_recent,
        memory_limit=spec.memory.limit if spec.memory else None,
        last_fault=fault,
        last_fault_at=fault_at,
    )


def _timed(supervisor: Supervisor, key: ev.Key, probe: ProbeStatus) -> ProbeStatus:
    """Add how long its last answers took."""
    counted = supervisor.figures.tallies.latencies.get((key.service, key.slot, probe.name))
    if counted is None:
        return probe
    return msgspec.structs.replace(probe, p50=counted.quantile(0.5), p95=counted.quantile(0.95))


# -- names --


def resolve(world: World, names: list[str]) -> tuple[str, ...]:
    """Services that these selectors are about, whole or in part. Raises HttpError."""
    return selectors.find(world, names).services


# -- waiting --


def all_are(supervisor: Supervisor, names: tuple[str, ...], wanted: str) -> bool:
    """Tell whether all these services are ready (jobs: completed) or stopped."""
    views = _views(supervisor, names)
    if wanted == "stopped":
        return all(each.pid is None for view in views for each in view.instances)
    return all(view.ready >= view.instances_wanted or _completed(view) for view in views)


def cannot_become(supervisor: Supervisor, names: tuple[str, ...], wanted: str) -> bool:
    """Tell whether waiting is in vain: a service has failed."""
    return wanted == "ready" and any(
        view.status in ("failed", "held") for view in _views(supervisor, names)
    )


def _views(supervisor: Supervisor, names: tuple[str, ...]) -> list[status.ServiceView]:
    now = clock.read()
    return [status.service_view(supervisor.world, name, now) for name in names]


def _completed(view: status.ServiceView) -> bool:
    return bool(view.instances) and all(each.phase == "exited" for each in view.instances)


# -- the saved list --


def save(supervisor: Supervisor) -> str:
    """Write the list to `saved.json`; returns its path."""
    path = supervisor.home / "saved.json"
    files.write_atomically(path, msgspec.json.encode(Saved(*status.saved(supervisor.world))))
    return str(path)


def tidy(supervisor: Supervisor) -> None:
    """Forget environments that neither a definition nor the saved list needs any more."""
    specs = [each.spec for one in supervisor.world.services.values() for each in one.generations]
    remotes = [each.spec for each in supervisor.world.remotes.values()]
    kept: list[Saved | versions.Desired] = [each.desired for each in supervisor.versions.all()]
    with contextlib.suppress(HttpError):  # there is no saved list
        kept.append(load_saved(supervisor))
    specs += [spec for each in kept for spec in each.services]
    remotes += [spec for each in kept for spec in each.remotes]
    supervisor.environments.keep_only({spec.env_digest for spec in (*specs, *remotes)})


def load_saved(supervisor: Supervisor) -> Saved:
    """Read the saved list back. Raises HttpError when there is none."""
    path = supervisor.home / "saved.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    except FileNotFoundError:
        problem = Problem(
            error=f"cannot resurrect: {str(path)!r} does not exist",
            exit_code=1,
            hint="`usher save` writes it",
        )
        raise HttpError(404, problem) from None
