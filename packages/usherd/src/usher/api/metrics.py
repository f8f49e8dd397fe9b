"""Wire types of figures: metrics as collectors take them, series as graphs need them."""

from typing import Literal, TypeAlias

from usher.api.types import Wire

MetricKind: TypeAlias = Literal["gauge", "counter", "histogram"]


class MetricSample(Wire, frozen=True):
    """One figure of a metric."""

    labels: dict[str, str]
    value: float
    suffix: str = ""
    """Of a histogram's figures ("_bucket", "_count", "_sum") and of a counter's ("_total")."""


class Metric(Wire, frozen=True):
    """One metric with all its figures (docs/reference/usher-metrics.md)."""

    name: str
    kind: MetricKind
    help: str
    samples: list[MetricSample]


class MetricList(Wire, frozen=True):
    """Everything that is measured and counted."""

    metrics: list[Metric]


class SeriesPoint(Wire, frozen=True):
    """What was seen of an instance in one step; 0 where nothing was."""

    at: float
    """Seconds since 1970 at which the step begins."""
    memory: int
    """Bytes, the most that was seen."""
    memory_least: int
    cpu: float
    """Per cent of one core."""
    descriptors: int
    sockets: int
    restarts: int
    """Automatic ones."""
    probes: int
    """Answers of probes ..."""
    probes_failed: int
    """... and how many of them were none, or bad."""
    probe_seconds: float
    """The slowest of them."""


class InstanceSeries(Wire, frozen=True):
    """The last 24 hours of an instance, or a part of them, oldest first."""

    service: str
    slot: int
    points: list[SeriesPoint]


class SeriesList(Wire, frozen=True):
    """Series of instances that were measured."""

    series: list[InstanceSeries]
