"""The report for programs: every field of the schema, and nothing that is not known."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from usher.incidents.document import Facts, File, document
from usher.incidents.figures import Compared
from usher.incidents.report import ALONE, Beside, Shown, report
from usher.incidents.schema import IncidentDocument
from usher.model.care import Acknowledged, Care, Closed, Prevention, Proposal
from usher.model.drill import Drill
from usher.model.incident import Cause, Happening, Incident, Occurred

BEGIN = 1_755_490_000.0
"""2025-08-18T04:06:40Z"""

HANG = Incident(
    number=7,
    service="api",
    kind="hang",
    severity="major",
    occurred=Occurred(BEGIN, BEGIN - 8, "no answer in 3 s"),
    detected=BEGIN + 11,
    rule="unhealthy",
    state="closed",
    services=("api", "web"),
    notified=BEGIN + 12,
    cause_found=BEGIN + 11.5,
    acted=BEGIN + 12,
    recovered=BEGIN + 95,
    closed=BEGIN + 155,
    causes=(Cause("loop.blocked", "the event loop is blocked", 0.9, ("CPU 100 %",)),),
    excluded=("disk: 40% free",),
    evidence=("/home/evidence/1.json",),
    actions=(Happening(BEGIN + 12, "api", "replaced", "alive fails", slot=0),),
    timeline=(
        Happening(BEGIN + 11, "api", "unhealthy", "alive failed 3 times", slot=0),
        Happening(BEGIN + 12, "api", "replaced", "alive fails", slot=0),
        Happening(BEGIN + 95, "api", "recovered", "alive passes", slot=0),
    ),
    care=Care(
        Acknowledged(BEGIN + 60, "uid 7"),
        (Prevention("a probe", "probe", "ops", "2025-09-01", BEGIN + 200),),
        Closed(BEGIN + 300, "uid 7"),
    ),
)
BESIDE = Beside(
    [Compared("api:0", "failed", 0, 3, 0), Compared("api:0", "memory", 1e8, 2e8, None)],
    [Proposal("prevent.limit", "limit", {"memory.limit": "64M"})],
    [Drill(3, "block", "hang", BEGIN + 900, "1.0", detect=8.5, recover=12.0)],
)
FACTS = Facts(
    "web-1",
    "1.2.3",
    "web",
    {"api": ("/srv/usher.toml", "abc")},
    (File("/home/evidence/1.json", "00ff", is_world_readable=False),),
)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def written(incident: Incident, beside: Beside = ALONE, facts: Facts = FACTS) -> dict[str, Any]:
    """The document as programs get it; that every field is there and of its type is checked."""
    data = msgspec.json.encode(document(incident, beside, facts, iso))
    msgspec.json.decode(data, type=IncidentDocument)
    found = msgspec.json.decode(data)
    assert found.keys() == {each.encode_name for each in msgspec.structs.fields(IncidentDocument)}
    return found


def test_f4_1_every_field_is_filled_and_has_the_numbers_of_the_report() -> None:
    found = written(HANG, BESIDE, FACTS)
    assert (found["schema"], found["id"], found["state"]) == ("usher.incident/1", "INC-7", "closed")
    assert found["times"] == {
        "occurred": {
            "at": "2025-08-18T04:06:40.000+00:00",
            "precision": "interval",
            "not_before": "2025-08-18T04:06:32.000+00:00",
            "not_after": "2025-08-18T04:06:40.000+00:00",
            "evidence": ["no answer in 3 s"],
        },
        "detected": {"at": "2025-08-18T04:06:51.000+00:00", "rule": "unhealthy"},
        "notified": "2025-08-18T04:06:52.000+00:00",
        "acknowledged": {"at": "2025-08-18T04:07:40.000+00:00", "by": "uid 7"},
        "cause_found": "2025-08-18T04:06:51.500+00:00",
        "mitigated": "2025-08-18T04:08:15.000+00:00",
        "resolved": "2025-08-18T04:09:15.000+00:00",
        "closed": "2025-08-18T04:11:40.000+00:00",
    }
    assert found["durations_s"] == {
        "detect": 11.0, "notify": 1.0, "acknowledge": 49.0, "identify": 0.5, "act": 1.0,
        "mitigate": 84.0, "resolve": 155.0, "downtime": None,
    }  # fmt: skip
    assert found["apps"] == [
        {"name": "api", "instance": 0, "revision": "/srv/usher.toml", "config_hash": "abc"},
        {"name": "web", "instance": None, "revision": "unknown", "config_hash": "unknown"},
    ]
    assert found["excluded"] == [{"id": "disk", "why": "40% free"}]
    (cause,) = found["causes"]
    assert (cause["kind"], cause["confidence"], cause["for"]) == ("direct", 0.9, ["CPU 100 %"])
    assert found["actions"][0]["result"] == "recovered: alive passes"
    assert [each["event"] for each in found["timeline"]] == [
        "first-sign", "unhealthy", "replaced", "recovered",
    ]  # fmt: skip
    (failed,) = found["impact"]["probes_failed"]
    assert (failed["name"], failed["count"]) == ("api:0", 3)
    assert found["state_after"] == [{"instance": "api:0", "figure": "failed", "value": 0}]
    assert [(each["proposed"], each["done"]) for each in found["prevention"]] == [
        (False, True),
        (True, False),
    ]
    assert found["prevention"][1]["usher_config"] == {"memory.limit": "64M"}
    assert found["metrics_effect"] == [
        {"name": "time to detect", "before_s": 11.0, "after_s": 8.5, "how_measured": "DRILL-3"},
        {"name": "time to recover", "before_s": 95.0, "after_s": 12.0, "how_measured": "DRILL-3"},
    ]
    assert found["evidence"] == [
        {"id": "E1", "sha256": "00ff", "path": "/home/evidence/1.json", "kind": "proc"}
    ]
    assert found["generated_by"] == "usher 1.2.3"


def test_f4_1_what_is_not_known_is_said_to_be() -> None:
    bare = Incident(
        number=8,
        service="mail",
        kind="start",
        severity="critical",
        occurred=Occurred(BEGIN, BEGIN),
        detected=BEGIN,
        rule="start-limit-hit",
        services=("mail",),
    )
    found = written(bare, facts=Facts("web-1", "1"))
    assert (found["state"], found["role"], found["signed_config"]) == ("open", "unknown", "unknown")
    assert found["times"]["occurred"]["precision"] == "exact"
    assert found["times"]["acknowledged"] == {"at": None, "by": "unknown"}
    assert found["times"]["mitigated"] is None
    assert found["durations_s"]["mitigate"] is None
    assert [each["result"] for each in found["recheck"]] == ["unknown", "unknown"]


def test_programs_and_people_are_shown_the_same_commands() -> None:
    for incident in (HANG, replace(HANG, kind="remote"), replace(HANG, kind="foreign")):
        said = [each["cmd"] for each in written(incident)["commands"]]
        whole = report(incident, "en", lambda at: Shown("", f"{at}", "UTC"))
        assert [*whole.sections[-1].code] == said
        assert ("usher logs api" in said) is (incident.kind == "hang")


def test_only_what_a_person_wanted_is_told_as_an_operators() -> None:
    told = ("stopping", "SIGTERM, to be started anew"), ("stopped", ""), ("unhealthy", "no answer")
    timeline = tuple(Happening(BEGIN, "api", event, detail, slot=0) for event, detail in told)
    steps = written(replace(HANG, timeline=timeline))["timeline"]
    assert [each["source"] for each in steps if each["event"] != "first-sign"] == [
        "usher", "operator", "probe",
    ]  # fmt: skip


def test_its_state_says_what_usher_knows_and_what_people_did() -> None:
    nobody = replace(HANG, care=Care())
    states = [
        replace(nobody, state="open", recovered=None, closed=None),
        replace(HANG, state="open", care=replace(HANG.care, closed=None)),
        replace(nobody, state="recovered", closed=None),
        nobody,
        HANG,
    ]
    assert [written(each)["state"] for each in states] == [
        "open", "acknowledged", "mitigated", "resolved", "closed",
    ]  # fmt: skip
