"""The host in figures, read from this one."""

import os
from pathlib import Path

import pytest

from usher.diagnosis.measured import HostMemory
from usher.diagnosis.signatures import measured as faults
from usher.runtime import host_figures
from usher.runtime.host_figures import HostWatch, hogs


def test_a2_13_a_hog_is_anybody_who_is_none_of_ours() -> None:
    """On a host of a few megabytes this process is one."""
    small = HostMemory(total=8 * 2**20, available=2**20)
    found = {each.pid: each for each in hogs(small, b"USHER_RUN=/nowhere:")}
    me = found[os.getpid()]
    assert "python" in me.path
    assert me.resident > 0.4 * small.total
    assert me.since.startswith("20")
    # Whatever was started by this home carries its mark; this process carries PATH.
    assert os.getpid() not in {each.pid for each in hogs(small, b"PATH=")}


def test_a_look_judges_everything_and_the_next_one_is_not_due_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = HostWatch(tmp_path)
    assert watch.is_due()
    assert not watch.is_due()
    found = watch.look([str(tmp_path / "logs")])
    assert set(found) == {faults.DISK, faults.CLOCK, faults.HOST_MEMORY, faults.FOREIGN_HOG}
    assert found[faults.CLOCK] is None
    assert watch.available
    monkeypatch.setattr(host_figures, "memory", lambda: HostMemory(100, 5))
    assert (pressed := watch.look([])[faults.HOST_MEMORY]) is not None
    assert pressed.fault.id == "host.memory_pressure"
