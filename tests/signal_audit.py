"""Whom keeper and daemon signal and what they start, as the kernel sees it (strace).

Each is traced from outside as soon as it is there; those that take their place are, too. Their
children are not followed: a traced service would look as if a debugger held it.
"""

import contextlib
import os
import re
import subprocess
import threading
from pathlib import Path
from typing import Final, NamedTuple, Self

from tests.usher_home import MARKER, Usher

CALLS: Final = "kill,tkill,tgkill,pidfd_send_signal,fork,vfork,clone,clone3"

_SIGNAL: Final = re.compile(
    r"^(?P<at>[\d.]+) (?P<call>kill|tkill|tgkill|pidfd_send_signal)\("
    r"(?:\d+<pid:(?P<held>-?\d+)>|(?P<plain>-?\d+))(?:, \d+)?, (?P<signal>SIG\w+|0)"
)


class Sent(NamedTuple):
    """One signal."""

    at: float
    """Wall clock."""
    sender: int
    """The pid of a keeper or daemon."""
    target: int
    """A pid; that of a group counts as its leader's."""
    signal: str


class SignalAudit:
    """Runs within a `with` block."""

    def __init__(self, usher: Usher, folder: Path) -> None:
        self._usher = usher
        self._folder = folder
        folder.mkdir()
        self._tracers: dict[int, subprocess.Popen[bytes]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="signal audit")
        self.services: dict[int, str] = {}
        """Every pid that was seen to belong to a service, and to which one."""

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for tracer in self._tracers.values():
            tracer.terminate()
            tracer.wait(10)

    def sent(self) -> list[Sent]:
        """Every signal but 0, which only asks."""
        found: list[Sent] = []
        for log in sorted(self._folder.iterdir()):
            sender = int(log.name)
            for line in log.read_text().splitlines():
                match = _SIGNAL.match(line)
                if match and match["signal"] != "0" and "= -1 ESRCH" not in line:
                    target = abs(int(match["held"] or match["plain"]))
                    found.append(Sent(float(match["at"]), sender, target, match["signal"]))
        return found

    def strangers(self) -> list[Sent]:
        """Signals to whatever is neither a service's process nor our own keeper or daemon."""
        ours = set(self._tracers)
        return [each for each in self.sent() if each.target not in ours | set(self.services)]

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self._look()

    def _look(self) -> None:
        for pid in self._usher.own() - set(self._tracers):
            if _is_fork(pid):
                continue  # on its way to be a service: traced, it would look as if it were debugged
            self._tracers[pid] = subprocess.Popen(
                ["strace", "-q", "-ttt", "-p", str(pid), f"--trace={CALLS}", "--decode-fds=pidfd",
                 "-o", str(self._folder / str(pid))],
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        start = f"{MARKER}={self._usher.home}:".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) not in self.services:
                with contextlib.suppress(OSError):
                    for part in (entry / "environ").read_bytes().split(b"\0"):
                        if part.startswith(start):
                            service = os.fsdecode(part[len(start) :]).partition(":")[0]
                            self.services[int(entry.name)] = service


def _is_fork(pid: int) -> bool:
    """Whether a process still runs its parent's program."""
    try:
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        return words == Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return True  # it has ended
