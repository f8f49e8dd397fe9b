"""Metrics and series, from what was measured and counted."""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from usher import __version__
from usher.api.metrics import (
    InstanceSeries,
    Metric,
    MetricKind,
    MetricList,
    MetricSample,
    SeriesList,
    SeriesPoint,
)
from usher.api.openmetrics import CONTENT_TYPE, render
from usher.daemon import state
from usher.daemon.server import Answer, Call, Reply, reply
from usher.incidents.measures import WINDOWS, downtime, totals
from usher.model.events import Now
from usher.model.incident import Incident
from usher.policy import status
from usher.policy.remote_status import remote_views
from usher.policy.status import InstanceView
from usher.runtime import clock
from usher.runtime.alert_queue import Counted
from usher.runtime.alerting import Alerting
from usher.runtime.log_paths import NOWHERE, log_paths
from usher.runtime.sampling import Reading
from usher.runtime.series import COARSE, KEPT, Point
from usher.runtime.supervisor import Supervisor
from usher.runtime.tallies import BOUNDS, Latencies

DAY = COARSE * KEPT


async def metrics(supervisor: Supervisor, call: Call) -> Answer:
    """Write metrics as text for a collector, or as JSON."""
    await supervisor.figures.fresh()
    found = [*_metrics(supervisor)]
    if call.query.get("format") == "json":
        return reply(MetricList(metrics=found))
    return Reply(render(found).encode(), content_type=CONTENT_TYPE)


async def series(supervisor: Supervisor, call: Call) -> Answer:
    """List what was measured of services, all or those named."""
    await supervisor.figures.fresh()
    names = [name for name in call.query.get("names", "").split(",") if name]
    wanted = state.resolve(supervisor.world, names) if names else tuple(supervisor.world.services)
    now = time.time()
    since, until = _moment(call, "since", now - DAY), _moment(call, "until", now)
    found = [
        InstanceSeries(service=service, slot=slot, points=[*map(_point, kept.points(since, until))])
        for service, slot, kept in supervisor.figures.series.known()
        if service in wanted
    ]
    return reply(SeriesList(series=found))


def _moment(call: Call, name: str, usual: float) -> float:
    """A time of the query; the usual one where it is missing or makes no sense."""
    try:
        return float(call.query[name])
    except (KeyError, ValueError):
        return usual


def _point(point: Point) -> SeriesPoint:
    return SeriesPoint(
        at=point.at,
        memory=point.high,
        memory_least=point.low,
        cpu=round(point.cpu, 1),
        descriptors=point.descriptors,
        sockets=point.sockets,
        restarts=point.restarts,
        probes=point.asked,
        probes_failed=point.failed,
        probe_seconds=round(point.slowest, 4),
    )


# -- metrics ---------------------------------------------------------------------------------------

_Figures = Iterable[tuple[Mapping[str, str], float | None]]


def _metric(name: str, kind: MetricKind, text: str, figures: _Figures) -> Metric:
    """Build one; what is not known (None) is left out, for 0 would be a claim."""
    suffix = "_total" if kind == "counter" else ""
    samples = [
        MetricSample(labels={**labels}, value=float(value), suffix=suffix)
        for labels, value in figures
        if value is not None
    ]
    return Metric(name=f"usher_{name}", kind=kind, help=text, samples=samples)


def _metrics(supervisor: Supervisor) -> Iterator[Metric]:
    now = clock.read()
    views = status.views(supervisor.world, now)
    yield _metric("build_info", "gauge", "Which usher this is.", [({"version": __version__}, 1)])
    up = supervisor.keeper.pid is not None
    yield _metric("keeper_up", "gauge", "Whether the keeper answers.", [({}, up)])
    counted = Counter(view.status for view in views)
    yield _metric(
        "services", "gauge", "Services by status.", [({"status": s}, n) for s, n in counted.items()]
    )
    named = [({"service": view.name}, view) for view in views]
    yield _metric(
        "service_instances_wanted",
        "gauge",
        "Instances that should run.",
        [(labels, view.instances_wanted if view.want == "up" else 0) for labels, view in named],
    )
    yield _metric(
        "service_instances_ready",
        "gauge",
        "Instances that are ready.",
        [(labels, view.ready) for labels, view in named],
    )
    instances = [
        ({"service": view.name, "instance": str(each.slot)}, each)
        for view in views
        for each in view.instances
        if each.listed
    ]
    yield from _of_instances(supervisor, instances, now.wall)
    yield from _counted(supervisor)
    yield from _of_remotes(supervisor, now)
    yield from _of_incidents(supervisor)
    yield from _of_alerts(supervisor.alerting, now.wall)


_READ: Final[tuple[tuple[str, MetricKind, str, Callable[[Reading], float]], ...]] = (
    (
        "instance_memory_bytes",
        "gauge",
        "Memory of all its processes, what they share counted once.",
        lambda seen: seen.usage.memory,
    ),
    (
        "instance_cpu_seconds",
        "counter",
        "Processor time of its processes, those that have ended included.",
        lambda seen: seen.spent,
    ),
    (
        "instance_open_descriptors",
        "gauge",
        "What its processes have open.",
        lambda seen: seen.descriptors.open,
    ),
    (
        "instance_open_sockets",
        "gauge",
        "Sockets among them.",
        lambda seen: seen.descriptors.sockets,
    ),
    (
        "instance_accept_backlog",
        "gauge",
        "Clients that are connected and that nobody has accepted yet.",
        lambda seen: seen.backlog,
    ),
)
"""What one measurement gives: name, kind, meaning, figure."""


def _of_instances(
    supervisor: Supervisor, instances: list[tuple[dict[str, str], InstanceView]], now: float
) -> Iterator[Metric]:
    latest = supervisor.figures.latest()
    read = [(labels, latest.get(each.pid or 0)) for labels, each in instances]
    yield _metric(
        "instance_ready",
        "gauge",
        "Whether readiness is proved and no probe fails.",
        [(labels, each.ready) for labels, each in instances],
    )
    yield _metric(
        "instance_start_time_seconds",
        "gauge",
        "When its process was started, since 1970.",
        [
            (labels, None if each.uptime is None else now - each.uptime)
            for labels, each in instances
        ],
    )
    yield _metric(
        "instance_ready_after_seconds",
        "gauge",
        "How long it took from its start to the proof of readiness.",
        [(labels, each.ready_after) for labels, each in instances],
    )
    for name, kind, text, value in _READ:
        figures = [(labels, None if seen is None else value(seen)) for labels, seen in read]
        yield _metric(name, kind, text, figures)
    yield _metric(
        "instance_memory_limit_bytes",
        "gauge",
        "What it may use before it is replaced.",
        [(labels, _limit(supervisor, labels["service"])) for labels, _ in instances],
    )
    yield _metric(
        "log_size_bytes", "gauge", "Size of its present log files.", _logs(supervisor, instances)
    )


def _limit(supervisor: Supervisor, service: str) -> int | None:
    memory = supervisor.spec(service).memory
    return memory.limit if memory else None


def _logs(
    supervisor: Supervisor, instances: list[tuple[dict[str, str], InstanceView]]
) -> Iterator[tuple[dict[str, str], float | None]]:
    for labels, each in instances:
        spec = supervisor.spec(labels["service"])
        paths = log_paths(supervisor.home, spec, each.slot, each.id)
        for stream, path in (("out", paths.out), ("err", paths.err)):
            if path != NOWHERE:
                yield {**labels, "stream": stream}, _size(path)


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size  # noqa: PTH116 (asked for each instance)
    except OSError:
        return None


def _counted(supervisor: Supervisor) -> Iterator[Metric]:
    tallies = supervisor.figures.tallies
    yield _metric(
        "instance_restarts",
        "counter",
        "Starts that no person asked for, since the daemon began, by cause.",
        [
            ({"service": service, "instance": str(slot), "cause": cause}, count)
            for (service, slot, cause), count in sorted(tallies.restarts.items())
        ],
    )
    probes = [
        ({"service": service, "instance": str(slot), "probe": probe}, counted)
        for (service, slot, probe), counted in sorted(tallies.latencies.items())
    ]
    yield _metric(
        "probe_failures",
        "counter",
        "Answers of probes that were bad or did not come.",
        [(labels, counted.failed) for labels, counted in probes],
    )
    yield Metric(
        name="usher_probe_latency_seconds",
        kind="histogram",
        help="How long answers of probes took.",
        samples=[sample for labels, counted in probes for sample in buckets(labels, counted)],
    )
    yield _metric(
        "log_dropped_bytes",
        "counter",
        "Output that was lost because a log could not be written.",
        [({"service": service}, size) for service, size in sorted(tallies.dropped.items())],
    )
    yield _metric(
        "starts_refused",
        "counter",
        "Starts that the guard did not let happen, since the daemon began.",
        [({"service": service}, count) for service, count in sorted(tallies.refused.items())],
    )
    findings = Counter((each.app, each.code) for each in supervisor.figures.faults.findings())
    yield _metric(
        "findings",
        "gauge",
        "What is wrong now, by the code of the finding; service is empty for the host.",
        [({"service": app, "code": code}, n) for (app, code), n in sorted(findings.items())],
    )


def _of_remotes(supervisor: Supervisor, now: Now) -> Iterator[Metric]:
    """Of what is watched and not run."""
    views = remote_views(supervisor.world, now)
    yield _metric(
        "remote_up",
        "gauge",
        "Whether the probes that accuse the remote itself pass; while it wakes they do not.",
        [
            ({"remote": each.name}, each.status in ("up", "degraded"))
            for each in views
            if each.status != "unproved"
        ],
    )
    probes = [
        ({"remote": remote, "probe": probe}, counted)
        for (remote, probe), counted in sorted(supervisor.figures.tallies.remotes.items())
    ]
    yield _metric(
        "remote_probe_failures",
        "counter",
        "Answers of probes of remotes that were bad or did not come.",
        [(labels, counted.failed) for labels, counted in probes],
    )
    yield Metric(
        name="usher_remote_probe_latency_seconds",
        kind="histogram",
        help="How long answers of probes of remotes took.",
        samples=[sample for labels, counted in probes for sample in buckets(labels, counted)],
    )


def buckets(labels: dict[str, str], counted: Latencies) -> Iterator[MetricSample]:
    """Figures of one histogram; each bound counts what is below it, too."""
    bounds = [*map(repr, BOUNDS), "+Inf"]
    for bound, count in zip(bounds, accumulate(counted.counts), strict=True):
        yield MetricSample(labels={**labels, "le": bound}, value=count, suffix="_bucket")
    yield MetricSample(labels=labels, value=counted.asked, suffix="_count")
    yield MetricSample(labels=labels, value=round(counted.total, 4), suffix="_sum")


def _of_incidents(supervisor: Supervisor) -> Iterator[Metric]:
    found = supervisor.incidents.all()
    counted = Counter(incident.state for incident in found)
    yield _metric(
        "incidents",
        "gauge",
        "Incidents that are kept, by state.",
        [({"state": each}, counted[each]) for each in ("open", "recovered", "closed")],
    )
    told = totals(found)
    for name, text, value in (
        ("detect", "Mean time from first sign to detection (MTTD).", told.mean_detect),
        ("acknowledge", "Mean time until somebody looks after it (MTTA).", told.mean_acknowledge),
        ("identify", "Mean time from detection to the cause (MTTI).", told.mean_identify),
        ("mitigate", "Mean time from detection to answering (MTTR).", told.mean_mitigate),
        ("repair", "Mean time from first sign to the proof that it lasts.", told.mean_repair),
        ("between", "Mean time between begins of incidents (MTBF).", told.mean_between),
    ):
        yield _metric(f"incident_{name}_mean_seconds", "gauge", text, [({}, value)])
    yield _metric(
        "incident_actions",
        "gauge",
        "What was done about the incidents that are kept, by what came of it.",
        [({"outcome": "helped"}, told.helped), ({"outcome": "in_vain"}, told.in_vain),
         ({"outcome": "needless"}, told.needless)],
    )  # fmt: skip
    yield _metric(
        "incident_causes",
        "gauge",
        "Incidents that are kept, by the fault that is the likeliest cause.",
        [({"fault": fault}, count) for fault, count in told.faults.items()],
    )
    yield from _availability(supervisor, found)


def _availability(supervisor: Supervisor, found: list[Incident]) -> Iterator[Metric]:
    """Of services that run here, and of remotes."""
    now = time.time()
    reached: defaultdict[str, list[Incident]] = defaultdict(list)
    for incident in found:
        for name in incident.services:
            reached[name].append(incident)
    shares: list[tuple[dict[str, str], float]] = []
    for view in status.views(supervisor.world, clock.read()):
        first = min((each.created for each in view.instances), default=now)
        for window, share in _shares(reached[view.name], view.name, first, now):
            shares.append(({"service": view.name, "window": window}, share))
    yield _metric(
        "service_availability_ratio",
        "gauge",
        "Part of the time in which no incident says that the service did not answer.",
        shares,
    )
    watched = [each for each in supervisor.world.remotes.values() if each.created]
    yield _metric(
        "remote_availability_ratio",
        "gauge",
        "Part of the time in which no incident says that the remote did not answer.",
        [
            ({"remote": each.spec.name, "window": window}, share)
            for each in watched
            for window, share in _shares(reached[each.spec.name], each.spec.name, each.created, now)
        ],
    )


def _shares(
    found: list[Incident], name: str, first: float, now: float
) -> Iterator[tuple[str, float]]:
    """Part of each window in which it answered, for as much of it as it has been known."""
    for window, length in WINDOWS.items():
        since = max(first, now - length)
        share = 1.0 if since >= now else 1.0 - downtime(found, name, since, now) / (now - since)
        yield window, round(share, 6)


_DELIVERED: Final[tuple[tuple[str, str, Callable[[Counted], int]], ...]] = (
    (
        "alert_messages_sent",
        "Messages that a channel has taken, since the daemon began.",
        lambda counted: counted.sent,
    ),
    (
        "alert_tries_failed",
        "Tries to deliver a message after which it went on waiting, since the daemon began.",
        lambda counted: counted.failed,
    ),
    (
        "alert_messages_given_up",
        "Messages that nobody will get, since the daemon began.",
        lambda counted: counted.given_up,
    ),
)
"""What became of messages: name, meaning, figure."""


def _of_alerts(alerting: Alerting, now: float) -> Iterator[Metric]:
    """Say whether people can be told; a channel that is declared is there before it is used."""
    queue = alerting.queue
    since = {
        name: [e.since for e in queue.waiting if e.channel == name] for name in _channels(alerting)
    }
    yield _metric(
        "alert_messages_waiting",
        "gauge",
        "Messages that wait to be delivered, by channel.",
        [({"channel": name}, len(times)) for name, times in since.items()],
    )
    yield _metric(
        "alert_oldest_waiting_seconds",
        "gauge",
        "How long the oldest of them has been waiting; 0: none waits.",
        [
            ({"channel": name}, max(0.0, now - min(times, default=now)))
            for name, times in since.items()
        ],
    )
    for metric, text, value in _DELIVERED:
        counts = [({"channel": name}, value(queue.counted.get(name, Counted()))) for name in since]
        yield _metric(metric, "counter", text, counts)


def _channels(alerting: Alerting) -> list[str]:
    """Name channels that are declared, and those that something waits for or was counted of."""
    declared = [each.name for each in alerting.found().plan.channels]
    waited = (each.channel for each in alerting.queue.waiting)
    return list(dict.fromkeys((*declared, *waited, *alerting.queue.counted)))
