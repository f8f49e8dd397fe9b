"""Where a daemon hung, read from the stacks that it left behind."""

from pathlib import Path

import pytest

import usher
from usher.host import daemon_hang

OURS = Path(usher.__file__).parent
FOREIGN_LOOP = '  File "/usr/lib/python3.11/asyncio/base_events.py", line 607 in run_forever\n'
LOOP = f"""\
{FOREIGN_LOOP}\
  File "{OURS}/daemon/app.py", line 130 in run
  File "{OURS}/main.py", line 60 in <module>
"""
ASLEEP = f"""\
  File "/usr/lib/python3.11/selectors.py", line 468 in select
  File "{OURS}/daemon/watchdog.py", line 52 in select
  File "/usr/lib/python3.11/asyncio/base_events.py", line 1884 in _run_once
{LOOP}"""
WATCHDOG = f"""\
Current thread 0x00007f0000000003 (most recent call first):
  File "{OURS}/daemon/watchdog.py", line 87 in _stand_by
  File "/usr/lib/python3.11/threading.py", line 975 in run

"""
IN_A_POOL = """\
Thread 0x00007f0000000002 (most recent call first):
  File "/usr/lib/python3.11/concurrent/futures/thread.py", line 81 in _worker

"""
FOREIGN = "Thread 0x00007f0000000005 (most recent call first):\n  <no Python frame>\n\n"
MATCHING = f"""\
Thread 0x00007f0000000004 (most recent call first):
  File "{OURS}/diagnosis/match.py", line 70 in match
  File "{OURS}/runtime/examiner.py", line 300 in _judge
  File "/usr/lib/python3.11/concurrent/futures/thread.py", line 58 in run

"""
FIRST = "Thread 0x00007f0000000001 (most recent call first):\n"
STEP = f'  File "{OURS}/policy/step.py", line 9 in step\n'
EXECUTE = '  File "/usr/lib/python3.11/subprocess.py", line 1917 in _execute\n'
START = f'  File "{OURS}/runtime/keeper.py", line 209 in _start_keeper\n'
OF_A_TEST = '  File "/srv/x.py", line 1 in hang\n'


@pytest.mark.parametrize(
    ("stacks", "place"),
    [
        (f"{WATCHDOG}{MATCHING}{FIRST}{STEP}{LOOP}", "step (usher/policy/step.py:9)"),
        (
            f"{WATCHDOG}{FIRST}{EXECUTE}{EXECUTE}{START}{LOOP}",
            "_execute (subprocess.py:1917), called by _start_keeper (usher/runtime/keeper.py:209)",
        ),
        (f"{WATCHDOG}{FIRST}{OF_A_TEST}{FOREIGN_LOOP}", "hang (x.py:1)"),
        (
            f"{WATCHDOG}{IN_A_POOL}{FOREIGN}{MATCHING}{FIRST}{ASLEEP}",
            "a thread beside its loop: match (usher/diagnosis/match.py:70)",
        ),
        (f"{WATCHDOG}{IN_A_POOL}{FIRST}{ASLEEP}", "an unknown place"),
        (WATCHDOG, "an unknown place"),
        ("", "an unknown place"),
    ],
)
def test_the_place_is_the_loops_or_of_the_thread_that_keeps_it_from_waking(
    stacks: str, place: str
) -> None:
    assert daemon_hang.place(stacks) == place


def test_stacks_are_kept_until_the_next_hang(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    assert daemon_hang.keep(tmp_path) is None
    live = daemon_hang.live(tmp_path)
    live.write_text("")
    assert daemon_hang.keep(tmp_path) is None
    assert daemon_hang.last(tmp_path) is None
    for stacks in ("first", "second"):
        live.write_text(stacks)
        at = live.stat().st_mtime
        assert daemon_hang.keep(tmp_path) == (at, stacks) == daemon_hang.last(tmp_path)
        assert daemon_hang.keep(tmp_path) is None
        assert daemon_hang.last(tmp_path) == (at, stacks)
