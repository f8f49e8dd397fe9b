"""Statement A.2.20 of operations.md: what one sees of an app that lives, as text and as JSON."""

import json
import sys
from typing import Any

import pytest
from tests.sample_app.sample import free_port
from tests.usher_home import until

pytestmark = pytest.mark.process

CRASHES_ONCE = """
import http.server, os, sys
if not os.path.exists(sys.argv[1]):
    open(sys.argv[1], "w").close()
    raise ConnectionRefusedError("[Errno 111] Connection refused: 127.0.0.1:5432")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), http.server.SimpleHTTPRequestHandler) \\
    .serve_forever()
"""


def test_a2_20_the_status_view_and_its_json_say_the_same(usher: Any) -> None:
    port = free_port()
    script = usher.script("app.py", CRASHES_ONCE)
    usher.config(
        f'[apps.web]\ncommand = ["{sys.executable}", "{script}", "once", "{port}"]\n'
        'memory = { limit = "900MiB" }\n'
        f'[apps.web.probes]\nup = {{ http = "http://127.0.0.1:{port}/", interval = "1s" }}\n'
    )
    usher("start")

    def seen() -> Any:
        ((instance,),) = (each["instances"] for each in json.loads(usher("monit", "--json").stdout))
        return instance if instance["probes"][0]["p95"] and instance["last_fault"] else None

    instance = until(seen, 90)
    assert instance["status"] == "active"
    assert instance["restarts_recent"] == instance["restarts"] == 1
    assert instance["memory_limit"] == 900 * 2**20
    assert 0 < instance["probes"][0]["p50"] <= instance["probes"][0]["p95"]
    head, row = usher("monit", "--once").stdout.splitlines()[:2]
    for word in ("mem", "restarts", "db", "p50/p95", "last error"):
        assert word in head
    for word in ("active", str(instance["pid"]), "M/900.0M", " 1/1 ", "ms", instance["last_fault"]):
        assert word in row
    assert instance["last_fault"] in usher("describe", "web").stdout
