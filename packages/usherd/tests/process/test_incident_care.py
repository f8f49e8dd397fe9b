"""What people do about a real incident stays, whatever daemon runs; and what would prevent it."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

LACKS = 'import os\nos.environ["SHOP_DATABASE"]\n'


def shown(usher: Any) -> dict[str, Any]:
    return json.loads(usher("incident", "show", "latest", "--json").stdout)


def test_f4_5_it_is_looked_after_and_its_cause_becomes_a_rule(usher: Any) -> None:
    script = usher.script("lacks.py", LACKS)
    file = usher.config(f'[apps.shop]\ncommand = ["python3", "{script}"]\n')
    usher("start", code=4)
    until(lambda: shown(usher)["causes"], 30)
    assert shown(usher)["causes"][0]["id"] == "py.missing_env"
    assert shown(usher)["state"] == "open"

    usher("incident", "ack", "1", "--note", "the variable is missing")
    usher("incident", "prevent", "1", "--owner", "ops", "--due", "2030-01-31")
    refused = usher("incident", "close", "1", code=1).stderr
    assert refused.startswith("usher: cannot close INC-1: it is not over")

    os.kill(usher.ping()["daemon"]["pid"], signal.SIGKILL)
    until(lambda: usher("incidents", code=None).returncode == 0, 30)
    usher("incident", "finish", "1", "1")
    report = shown(usher)
    assert report["state"] == "acknowledged"
    assert report["durations_s"]["acknowledge"] > 0
    kept, proposed = report["prevention"]
    assert (kept["owner"], kept["due"], kept["done"]) == ("ops", "2030-01-31", True)
    assert proposed["usher_config"] == {"env_contract.SHOP_DATABASE.required": True}
    text = usher("incident", "show", "1", "--lang", "en").stdout
    assert "the variable is missing" in text

    change = json.loads(usher("apply-prevention", "1", "--json").stdout)
    new = [line[1:] for line in change["diff"].splitlines()[3:] if line[0] in " +"]
    Path(file).write_text("\n".join(new) + "\n")
    told = usher("check", str(file), code=None)
    assert told.returncode != 0
    assert "SHOP_DATABASE" in told.stdout + told.stderr, "it is refused before it starts"


def test_who_looks_after_an_alert_looks_after_its_incident(usher: Any) -> None:
    script = usher.script("ends.py", "raise SystemExit(3)")
    usher.config(f'[apps.shop]\ncommand = ["python3", "{script}"]\n')
    usher("start", code=4)
    until(lambda: json.loads(usher("alert", "--json").stdout)["alerts"], 30)
    usher("alert", "ack", "shop")
    by = until(lambda: shown(usher)["times"]["acknowledged"]["at"], 10)
    assert by
    alerts = json.loads(usher("alert", "--json").stdout)["alerts"]
    assert [each["state"] for each in alerts if each["id"] == "INC-1"] == ["ack"]
