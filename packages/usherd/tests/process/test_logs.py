"""Logs as a user meets them: nothing is lost whatever dies, and what is shown is whole and safe."""

import gzip
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.programs import SCRIBE
from tests.usher_home import until

pytestmark = pytest.mark.process

LINES = int(os.environ.get("USHER_TEST_LOG_LINES", "120000"))
"""Lines of the loss test; a million where there is time."""

FLOOD = """
[apps.scribe]
command = ["python", "scribe.py", "{folder}/count"]
log = {{ max_size = "2M", retain = 1000, compress = true, date_format = "{date_format}" }}
"""


def kept(folder: Path, name: str) -> list[bytes]:
    """Lines of a log and all its rotated files, compressed or not, oldest first."""

    def age(path: Path) -> int:
        number = path.name.removesuffix(".gz").removeprefix(name)[1:]
        return -int(number or 0)

    files: dict[str, Path] = {}
    for path in sorted(folder.glob(f"{name}*"), reverse=True):
        files[path.name.removesuffix(".gz")] = path  # the original, where both are there
    lines: list[bytes] = []
    for path in sorted(files.values(), key=age):
        content = path.read_bytes()
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        assert text.endswith(b"\n") or not text
        lines += text.split(b"\n")[:-1]
    return lines


@pytest.mark.parametrize("date_format", ["", "YYYY-MM-DDTHH:mm:ss"], ids=["plain", "dated"])
def test_no_line_is_lost_or_torn(usher: Any, date_format: str) -> None:
    """Rotations, compression, three restarts, a killed daemon and two killed keepers."""
    usher.script("scribe.py", SCRIBE)
    usher.config(FLOOD.format(folder=usher.folder, date_format=date_format))
    usher("start")

    def printed() -> int:
        return int.from_bytes((usher.folder / "count").read_bytes()[:8], "little")

    kills = ["restart", "keeper", "restart", "daemon", "keeper", "restart"]
    step = LINES // (len(kills) + 1)
    for number, what in enumerate(kills, 1):
        until(lambda least=step * number: printed() >= least, 180)
        if what == "restart":
            usher("restart", "scribe")
        else:
            pid = usher.ping()[what]["pid"]
            os.kill(pid, signal.SIGKILL)
            until(lambda what=what, pid=pid: (usher.ping()[what] or {"pid": pid})["pid"] != pid)
    until(lambda: printed() >= LINES, 180)
    usher("stop", "scribe")
    folder = usher.home / "logs"
    until(lambda: all(path.suffix == ".gz" for path in folder.glob("scribe-out.log.*")), 180)
    lines = kept(folder, "scribe-out.log")
    if date_format:
        dated = [re.fullmatch(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d: (.*)", line) for line in lines]
        lines = [found[1] for found in dated if found]
        assert len(lines) == len(dated)
    seen = [int(line[:12]) for line in lines]
    assert lines == [b"%012d %s" % (n, b"x" * (n % 150)) for n in seen]
    # Killed between its write and its count, the app itself prints a number once more.
    again = [b for a, b in itertools.pairwise(seen) if b != a + 1]
    assert len(again) <= kills.count("restart")
    assert sorted(set(seen)) == list(range(1, max(seen) + 1))
    assert max(seen) >= printed()


TALK = """
[apps.one]
command = ["/bin/sh", "-c", "n=0; while :; do n=$((n+1)); echo one $n $API_TOKEN; sleep .02; done"]
env = { API_TOKEN = "hunter2hunter2" }
log = { max_size = "2K", retain = 1000 }

[apps.two]
command = ["/bin/sh", "-c", "n=0; while :; do n=$((n+1)); echo two $n >&2; sleep .03; done"]
"""


def follow(usher: Any, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "usher.main", "logs", *words],
        cwd=usher.cwd,
        env=usher.env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_following_loses_and_repeats_nothing_over_rotation_and_restart(usher: Any) -> None:
    usher.config(TALK)
    usher("start")
    with follow(usher, "--json", "-f", "-n", "3") as process:
        assert process.stdout is not None
        lines: list[dict[str, Any]] = []

        def read() -> None:
            assert process.stdout is not None
            lines.extend(json.loads(line) for line in process.stdout)

        reader = threading.Thread(target=read)
        reader.start()
        until(lambda: len(lines) > 150)
        usher("restart", "one")
        at = len(lines)
        until(lambda: len(lines) > at + 150)
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C ends the command only
        assert process.wait(10) == 130
        reader.join(10)
    assert usher.all_up()
    ones = [int(each["line"].split()[1]) for each in lines if each["service"] == "one"]
    twos = [int(each["line"].split()[1]) for each in lines if each["service"] == "two"]
    assert twos == list(range(twos[0], twos[-1] + 1))
    restart = ones.index(1, 1)
    assert ones[:restart] == list(range(ones[0], ones[restart - 1] + 1))
    assert ones[restart:] == list(range(1, len(ones) - restart + 1))
    assert len(list((usher.home / "logs").glob("one-out.log.*"))) > 1
    old = [each["time_ns"] for each in lines if each["replayed"]]
    assert old == sorted(old)


def test_what_is_shown(usher: Any) -> None:
    usher.config(TALK)
    usher("start")
    folder = usher.home / "logs"
    until(lambda: len(list(folder.glob("one-out.log.*"))) > 1)
    everything = usher("logs", "one", "--raw", "--since", "1h").stdout
    assert everything.splitlines()[0] == "one 1 [redacted:env]"
    assert "hunter2" not in everything
    assert "hunter2" in (folder / "one-out.log").read_text()  # the file is as it was printed
    assert usher("logs", "--grep", "^one 7 ", "--raw").stdout == "one 7 [redacted:env]\n"
    assert usher("logs", "--until", "1h").stdout == ""
    assert usher("logs", "--out", "/^t/").stdout == ""
    assert "two:0 | two " in usher("logs", "--err", "-n", "1").stdout
    modes = {path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert (modes, folder.stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_flush_empties_and_reload_logs_reopens(usher: Any) -> None:
    usher.config(TALK)
    usher("start")
    log = usher.home / "logs" / "two-error.log"
    until(lambda: log.stat().st_size > 500)
    usher("flush", "two")
    until(lambda: log.stat().st_size < 300)
    assert (usher.home / "logs" / "one-out.log.1").exists() or usher("logs", "one").stdout
    log.rename(log.with_suffix(".moved"))
    daemon = usher.ping()["daemon"]["pid"]
    os.kill(daemon, signal.SIGUSR2)
    until(log.exists)
    log.rename(log.with_suffix(".moved"))
    usher("reload-logs")
    until(log.exists)
    assert usher.ping()["daemon"]["pid"] == daemon
    usher("stop", "two")
    usher("flush")
    assert log.read_text() == ""
