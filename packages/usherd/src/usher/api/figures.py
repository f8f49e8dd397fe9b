"""Figures of an instance in the few characters that tables and descriptions have for them."""

from collections.abc import Iterable

from usher.api.text import size
from usher.api.types import InstanceStatus, ProbeStatus


def memory(instance: InstanceStatus) -> str:
    """What it uses, of how much it may: "45.0M/1.0G"."""
    limit = f"/{size(instance.memory_limit)}" if instance.memory_limit else ""
    return f"{size(instance.memory)}{limit}"


def connections(instance: InstanceStatus, of: str = "/") -> str:
    """How many connections to databases it holds `of` how many it may; empty: unknown."""
    if instance.connections is None:
        return ""
    limit = instance.connections_limit
    return str(instance.connections) if limit is None else f"{instance.connections}{of}{limit}"


def slowest(probes: Iterable[ProbeStatus]) -> str:
    """The latency of the probe whose answers take longest; empty without any."""
    timed = [probe for probe in probes if probe.p95 is not None]
    return latency(max(timed, key=lambda probe: probe.p95 or 0.0)) if timed else ""


def latency(probe: ProbeStatus) -> str:
    """Median and 95th percentile: "12/340ms", "0.8/12.5s"; empty before the first answer."""
    if probe.p50 is None or probe.p95 is None:
        return ""
    if probe.p95 < 10:
        return f"{probe.p50 * 1000:.0f}/{probe.p95 * 1000:.0f}ms"
    return f"{probe.p50:.1f}/{probe.p95:.1f}s"
