"""Findings that are trouble: they open an incident, give it a cause, and close it."""

import pytest

from usher.incidents import fold
from usher.incidents.fold import STABLE, advance, settle
from usher.model.incident import HOST, Book, Cause, Diagnosis, Happening, Incident, Kind

LEAK = "memory.leak_suspected: 87 MiB, growing"


def told(*happenings: Happening) -> tuple[Incident, ...]:
    """What is open after these."""
    book = Book()
    for happening in happenings:
        book, _ = advance(book, happening, lambda _: ())
    return book.open


def finding(at: float, detail: str, event: str = "finding", service: str = "api") -> Happening:
    cause = Cause(id=detail.partition(":")[0], text="why", confidence=0.9, evidence=(detail,))
    found = Diagnosis((cause,)) if event == "finding" else None
    return Happening(at, service, event, detail, diagnosis=found)


@pytest.mark.parametrize(("code", "kind"), [*fold.FINDINGS.items()])
def test_each_opens_an_incident_with_its_cause(code: str, kind: Kind) -> None:
    service = "" if code.startswith("host.") else "api"
    (incident,) = told(finding(1.0, f"{code}: figures", service=service))
    assert (incident.kind, incident.service) == (kind, service or HOST)
    assert [cause.id for cause in incident.causes] == [code]
    assert incident.cause_found == 1.0
    assert incident.severity == ("minor" if kind in ("leak", "certificate") else "major")


@pytest.mark.parametrize("code", ["memory.rising_fast", "probe.slow", "clock.jump"])
def test_others_are_only_told(code: str) -> None:
    assert told(finding(1.0, f"{code}: figures")) == ()


def test_it_is_over_when_it_is_not_seen_any_more() -> None:
    over = finding(9.0, "memory.leak_suspected: it is not seen any more", "finding-over")
    book = Book(open=told(finding(1.0, LEAK), over))
    assert book.open[0].recovered == 9.0
    _, (closed,) = settle(book, 9.0 + STABLE)
    assert closed.state == "closed"


def test_a_hang_is_told_as_one_and_knows_of_the_leak() -> None:
    leak, hang = told(
        finding(1.0, LEAK),
        Happening(5.0, "api", "unhealthy", "http failed 3 times"),
        Happening(6.0, "api", "replaced"),
        finding(6.0, "memory.leak_suspected: the process has ended", "finding-over"),
        Happening(9.0, "api", "ready"),
        Happening(9.5, "api", "recovered"),
    )
    assert (leak.kind, leak.recovered, leak.actions) == ("leak", 6.0, ())
    assert (hang.kind, hang.severity) == ("hang", "major")
    assert [cause.id for cause in hang.causes] == ["memory.leak_suspected"]
    assert hang.recovered is not None


def test_a_finding_during_a_hang_is_one_more_cause_of_it() -> None:
    hang = Happening(1.0, "api", "unhealthy")
    over = finding(6.0, "memory.leak_suspected: the process has ended", "finding-over")
    (incident,) = told(hang, finding(5.0, LEAK), over)
    assert (incident.kind, incident.recovered) == ("hang", None)  # the probe has the last word
    assert [cause.id for cause in incident.causes] == ["memory.leak_suspected"]
    (incident,) = told(hang, Happening(7.0, "api", "recovered"), finding(8.0, LEAK), over)
    assert (incident.recovered, incident.relapses) == (7.0, 0)


EXPIRES = "cert.expiry: cert: valid for 5 more days, expected 14"


def test_b4_a_certificate_becomes_critical_in_the_same_incident() -> None:
    soon = Cause(id="cert.expiry", text="why", confidence=0.9, grave=True)
    graver = Happening(9.0, "api", "finding", EXPIRES, diagnosis=Diagnosis((soon,)))
    (incident,) = told(finding(1.0, EXPIRES), graver)
    assert (incident.kind, incident.severity) == ("certificate", "critical")


def test_a_certificate_explains_no_hang() -> None:
    hang = Happening(5.0, "api", "unhealthy")
    for story in ((finding(1.0, EXPIRES), hang), (hang, finding(6.0, EXPIRES))):
        kinds = {each.kind: [cause.id for cause in each.causes] for each in told(*story)}
        assert kinds == {"certificate": ["cert.expiry"], "hang": []}
