"""What can be seen of a live process in an instant, without touching it."""

import msgspec

from usher.model.events import Diagnosed, Key
from usher.runtime import processes

_STOPPED, _TRACED, _DEAD = "T", "t", {"Z", "X", "x"}
_WORDS = {"R": "running", "S": "sleeping", "D": "waiting for the disk", "I": "idle"}


class Evidence(msgspec.Struct, frozen=True):
    """State letter of /proc, the kernel function it sleeps in, its resources."""

    state: str
    wait_channel: str
    usage: processes.Usage | None


def collect(pid: int) -> Evidence:
    """Look at a process."""
    found = processes.stat(pid)
    return Evidence(
        state=found.state if found is not None else "X",
        wait_channel=processes.wait_channel(pid),
        usage=processes.usage(pid),
    )


def diagnose(key: Key, run: int, evidence: Evidence) -> Diagnosed:
    """Say what the evidence means; the policy decides what follows."""
    if evidence.state in _DEAD:
        return Diagnosed(key=key, run=run, state="gone", cause="the process has ended")
    if evidence.state == _TRACED:
        return Diagnosed(key=key, run=run, state="traced", cause="a debugger holds the process")
    if evidence.state == _STOPPED:
        cause = "the process was stopped by a signal (state T) and can be continued"
        return Diagnosed(key=key, run=run, state="stopped", cause=cause)
    words = _WORDS.get(evidence.state, evidence.state)
    where = f" in {evidence.wait_channel}" if evidence.wait_channel else ""
    cause = f"the process is alive ({words}{where}) and does not answer"
    return Diagnosed(key=key, run=run, state="running", cause=cause)
