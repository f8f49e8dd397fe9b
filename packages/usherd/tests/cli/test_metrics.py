"""`usher metrics` and `usher graph` against a daemon that says what the test wants."""

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from usher.api.metrics import (
    InstanceSeries,
    Metric,
    MetricList,
    MetricSample,
    SeriesList,
    SeriesPoint,
)
from usher.api.openmetrics import render
from usher.cli import graph, metrics

Usher = Callable[..., Any]

METRIC = Metric(
    name="usher_services",
    kind="gauge",
    help="Services.",
    samples=[MetricSample(labels={"status": "active"}, value=2)],
)
TEXT = render([METRIC])


def point(at: float, **changes: Any) -> SeriesPoint:
    usual: dict[str, Any] = {
        "memory": 2**20, "memory_least": 2**20, "cpu": 1.0, "descriptors": 5, "sockets": 1,
        "restarts": 0, "probes": 1, "probes_failed": 0, "probe_seconds": 0.01,
    }  # fmt: skip
    return SeriesPoint(at=at, **(usual | changes))


def test_metrics_as_text_and_as_json(daemon: Any, usher: Usher) -> None:
    daemon.answers["GET /v1/metrics"] = TEXT.encode()
    assert usher("metrics").out == TEXT
    daemon.answers["GET /v1/metrics"] = MetricList(metrics=[METRIC])
    shown = json.loads(usher("metrics", "--json").out)
    assert shown["metrics"][0]["samples"][0]["value"] == 2
    assert daemon.requests[-1].target == "/v1/metrics?format=json"


@pytest.mark.parametrize("place", ["0.0.0.0:9464", "192.0.2.1:9464", "[::]:9464"])
def test_nobody_elses_host_is_served(daemon: Any, usher: Usher, place: str) -> None:
    done = usher("metrics", "--listen", place)
    assert done.code == 1
    assert "can be reached from other hosts" in done.err


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("127.0.0.2:80", ("127.0.0.2", 80)),
        ("[::1]:9464", ("::1", 9464)),
    ],
)
def test_where_a_collector_may_ask(text: str, place: tuple[str, int]) -> None:
    assert metrics.place_of(text) == place


def test_a_collector_gets_metrics_and_nothing_else(daemon: Any) -> None:
    from usher.client import connect

    daemon.answers["GET /v1/metrics"] = TEXT.encode()
    with metrics.server_of(connect(), metrics.Place("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        with urllib.request.urlopen(f"{base}/metrics") as answer:
            assert answer.read().decode() == TEXT
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        for path, status in (("/v1/services", 404), ("/metrics", 503)):
            daemon.answers.pop("GET /v1/metrics", None)
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(base + path)
            with caught.value as error:
                assert error.code == status
        server.shutdown()
        thread.join()


def test_a_picture_has_a_scale_and_shows_gaps() -> None:
    points = [
        point(0, memory=10 * 2**20, cpu=0.0),
        point(10, memory=40 * 2**20, cpu=50.0, probe_seconds=2.0, probes_failed=1),
        point(30, memory=80 * 2**20, cpu=100.0, restarts=2),
    ]
    series = InstanceSeries(service="api", slot=0, points=points)
    lines = [*graph.picture(series, 0, 40, 4, blocks="▁▂▃▄▅▆▇█")]
    assert lines == [
        "memory       ▂▅ █  10 MiB to 80 MiB, last 80 MiB",
        "cpu          ▁▅ █  0 % to 100 %, last 100 %",
        "descriptors  ██ █  5 to 5, last 5",
        "answers      ▁█ ▁  10 ms to 2.0 s, last 10 ms",
        "restarts        !  2",
        "             1 of 3 answers of probes failed",
    ]


def test_a_graph_is_drawn_for_each_instance(daemon: Any, usher: Usher) -> None:
    daemon.answers["GET /v1/series"] = SeriesList(
        series=[
            InstanceSeries(service="api", slot=1, points=[point(9e9)]),
            InstanceSeries(service="idle", slot=0, points=[]),
        ]
    )
    shown = usher("graph", "api", "--since", "24h").out
    assert re.match(r"api:1  \d\d-\d\d \d\d:\d\d to ", shown)
    assert "idle" not in shown
    assert re.search(r"names=api&since=\d+\.\d{3}$", daemon.requests[-1].target)
    assert json.loads(usher("graph", "--json").out)["series"][0]["slot"] == 1


def test_nothing_was_measured(daemon: Any, usher: Usher) -> None:
    daemon.answers["GET /v1/series"] = SeriesList(series=[])
    assert usher("graph").out.startswith("nothing was measured")
