"""The audit log keeps every whole line, and what held at a time follows from it."""

import stat
from pathlib import Path

from msgspec.structs import replace

from usher.config.guard_file import GUARD_FILE
from usher.model.audit import AuditRecord, in_force
from usher.model.guard import Override
from usher.runtime.audit import Audit
from usher.runtime.guard_memory import GuardMemory

APPLY = AuditRecord(10.0, "j1", "apply", "asked", ("api", "web"), config="/a.json", digest="d1")
STOP = AuditRecord(30.0, "j3", "stop", "asked", ("web",), user="ops")


def test_lines_come_back_and_only_we_may_read_them(tmp_path: Path) -> None:
    log = Audit(tmp_path)
    log.append(APPLY)
    log.append(STOP)
    assert list(log.records()) == [APPLY, STOP]
    assert stat.S_IMODE((tmp_path / "audit.log").stat().st_mode) == 0o600
    log.close()


def test_a_torn_tail_is_dropped_at_every_byte(tmp_path: Path) -> None:
    log = Audit(tmp_path)
    log.append(APPLY)
    log.append(STOP)
    log.close()
    whole = (tmp_path / "audit.log").read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole)):
        (tmp_path / "audit.log").write_bytes(whole[:cut])
        again = Audit(tmp_path)
        again.append(STOP)
        assert list(again.records()) == [APPLY, STOP], cut
        again.close()


def test_a_changed_line_is_no_line(tmp_path: Path) -> None:
    log = Audit(tmp_path)
    log.append(APPLY)
    log.append(STOP)
    path = tmp_path / "audit.log"
    path.write_bytes(path.read_bytes().replace(b"ops", b"eve"))
    assert list(log.records()) == [APPLY]
    log.close()


def test_a1_14_what_held_at_a_time() -> None:
    records = [
        APPLY,
        replace(APPLY, at=11.0, outcome="done", config="", digest=""),
        AuditRecord(20.0, "", "apply", "refused", ("api",), config="/b.json", digest="d2"),
        STOP,
        AuditRecord(40.0, "j4", "apply", "asked", ("api",), config="/c.json", digest="d3"),
    ]
    assert in_force(records, 9.9) == []
    early = {each.service: each for each in in_force(records, 10.5)}
    assert (early["api"].digest, early["api"].outcome) == ("d1", "asked")
    later = {each.service: each for each in in_force(records, 31.0)}
    assert (later["api"].digest, later["api"].outcome) == ("d1", "done")
    web = later["web"]
    assert (web.config, web.last, web.applied) == ("/a.json", STOP, APPLY)
    now = {each.service: each for each in in_force(records, 99.0)}
    assert (now["api"].config, now["web"].config) == ("/c.json", "/a.json")


def guard(folder: str) -> str:
    return f"{folder}/{GUARD_FILE}"


def test_o_04_a_guard_that_was_in_force_is_missed_until_it_is_forgotten(tmp_path: Path) -> None:
    memory = GuardMemory(tmp_path)
    memory.remember(["api"], [guard("/srv"), "/srv/app.json"])
    again = GuardMemory(tmp_path)
    here, nowhere = [guard("/srv"), "/srv/app.json"], list[str]()
    assert again.gone(["api"], ["/srv"], here, guarded=True) == ()
    assert again.gone(["other"], ["/srv"], nowhere, guarded=False) == (guard("/srv"),)
    assert again.gone(["other"], ["/opt"], nowhere, guarded=False) == ()
    # A service that moved to where no guard is misses all that it had.
    assert again.gone(["api"], ["/opt"], nowhere, guarded=False) == tuple(here)
    assert again.gone(["api"], ["/opt"], [guard("/opt")], guarded=True) == ()
    assert not again.forget("/srv/none")
    assert again.forget(guard("/srv"))
    assert GuardMemory(tmp_path).gone(["other"], ["/srv"], nowhere, guarded=False) == ()


def test_e2_overrides_survive_a_restart_and_are_dropped_after_their_time(tmp_path: Path) -> None:
    old, new = (Override(name, "guard.role", 0.0, until, "", "x") for name, until in (
        ("a", 10.0), ("b", 20.0)))  # fmt: skip
    memory = GuardMemory(tmp_path)
    memory.grant([old], 0.0)
    memory.grant([new], 5.0)
    assert GuardMemory(tmp_path).overrides == (old, new)
    memory.grant([], 15.0)
    assert GuardMemory(tmp_path).overrides == (new,)
    assert stat.S_IMODE((tmp_path / "guard.json").stat().st_mode) == 0o600
