"""Metrics as text that Prometheus and others collect (OpenMetrics 1.0).

Only counters, gauges and histograms are used, which collectors of the older text format know too.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from usher.api.metrics import Metric, MetricSample

CONTENT_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_UNITS: Final = ("bytes", "seconds", "ratio")


def render(metrics: Iterable[Metric]) -> str:
    """Write metrics, each of which has a name of its own."""
    return "".join(line + "\n" for metric in metrics for line in _metric(metric)) + "# EOF\n"


def _metric(metric: Metric) -> Iterator[str]:
    if not metric.samples:
        return
    yield f"# TYPE {metric.name} {metric.kind}"
    unit = metric.name.rpartition("_")[2]
    if unit in _UNITS:
        yield f"# UNIT {metric.name} {unit}"
    yield f"# HELP {metric.name} {_escaped(metric.help)}"
    for sample in metric.samples:
        yield f"{metric.name}{sample.suffix}{_labels(sample)} {_number(sample.value)}"


def _labels(sample: MetricSample) -> str:
    if not sample.labels:
        return ""
    return (
        "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in sample.labels.items()) + "}"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
