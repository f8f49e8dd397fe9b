"""Metrics as Prometheus' own parser reads them."""

from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse

from usher.api.metrics import Metric, MetricKind, MetricSample
from usher.api.openmetrics import render
from usher.daemon.metrics import buckets
from usher.runtime.tallies import BOUNDS, LAST, Latencies


def metric(name: str, kind: MetricKind, *samples: MetricSample) -> Metric:
    return Metric(name=name, kind=kind, help=f"About {name}.", samples=[*samples])


def sample(value: float, suffix: str = "", **labels: str) -> MetricSample:
    return MetricSample(labels=labels, value=value, suffix=suffix)


def read(*metrics: Metric) -> dict[str, Any]:
    return {family.name: family for family in parse(render(metrics))}


def test_each_kind_is_read_as_what_it_is() -> None:
    counted = Latencies()
    for seconds in (0.003, 0.2, 0.2, 60.0):
        counted.add(seconds, ok=seconds < 10)
    found = read(
        metric("usher_memory_bytes", "gauge", sample(12345678901, service="api")),
        metric("usher_restarts", "counter", sample(3, "_total", cause="exit")),
        metric("usher_probe_latency_seconds", "histogram", *buckets({"probe": "up"}, counted)),
    )
    assert found["usher_memory_bytes"].type == "gauge"
    assert found["usher_memory_bytes"].unit == "bytes"
    assert found["usher_memory_bytes"].samples[0].value == 12345678901
    assert found["usher_restarts"].type == "counter"
    assert found["usher_restarts"].samples[0].name == "usher_restarts_total"
    latency = {
        (each.name.rpartition("_")[2], each.labels.get("le")): each.value
        for each in found["usher_probe_latency_seconds"].samples
    }
    assert latency["bucket", "0.005"] == 1
    assert latency["bucket", "0.25"] == 3
    assert latency["bucket", str(BOUNDS[-1])] == 3
    assert latency["bucket", "+Inf"] == latency["count", None] == 4
    assert latency["sum", None] == pytest.approx(60.403)


@pytest.mark.parametrize("text", ['a "b"', "back\\slash", "two\nlines", "한글", "{}=,"])
def test_any_text_may_be_a_label(text: str) -> None:
    found = read(metric("usher_services", "gauge", sample(1.5, service=text)))
    assert found["usher_services"].samples[0].labels == {"service": text}
    assert found["usher_services"].samples[0].value == 1.5


def test_a_metric_without_figures_is_not_told() -> None:
    assert read(metric("usher_services", "gauge")) == {}
    assert render([]) == "# EOF\n"


def test_a2_20_the_middle_and_the_slow_ones_of_the_last_answers() -> None:
    counted = Latencies()
    assert counted.quantile(0.5) is None
    counted.add(9.0, ok=True)  # long ago
    for milliseconds in range(1, LAST + 1):
        counted.add(milliseconds / 1000, ok=True)
    assert (counted.quantile(0.5), counted.quantile(0.95)) == (0.030, 0.057)
