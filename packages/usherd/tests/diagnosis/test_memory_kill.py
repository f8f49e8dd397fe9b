"""What speaks for a kill for lack of memory, and how surely."""

import pytest

from usher.diagnosis.memory_kill import NEAR, Moved, Signs, verdict

LINE = "Out of memory: Killed process 7 (node) total-vm:1069804kB, anon-rss:812000kB"
HOST = Moved(kills=1, window=8.0)
SHORT = HOST._replace(short=True)


@pytest.mark.parametrize(
    ("signs", "killed", "confidence", "said"),
    [
        # The log names it, whatever the rest says.
        (Signs(LINE, None, None), True, 0.95, LINE),
        (Signs(LINE, 0, None), True, 0.95, LINE),
        # Its own group counts, also against the host's counter.
        (Signs(None, 1, None), True, 0.85, "its control group counts 1 kill for lack of memory"),
        (Signs("", 2, None), True, 0.85, "its control group counts 2 kills for lack of memory"),
        (Signs(None, 0, SHORT), False, 0.7, "its control group counts no kill"),
        # The log can be read, and names others at most.
        (Signs("", None, SHORT), False, 0.7, "the kernel's log names no kill of it"),
        # A counter that others share.
        (Signs(None, None, HOST._replace(group="/unit")), True, 0.75, "group /unit counted"),
        (Signs(None, None, SHORT), True, 0.6, "the host counted 1 kill for lack of memory"),
        (Signs(None, None, HOST), None, 0.5, "of which process is not told to us"),
        (Signs(None, None, SHORT._replace(window=NEAR + 1)), None, 0.5, "in the 31 s before"),
        (Signs(None, None, SHORT._replace(kills=0)), False, 0.7, ""),
        (Signs(None, None, None), False, 0.7, ""),
    ],
)  # fmt: skip
def test_the_most_exact_sign_decides(
    signs: Signs, killed: bool | None, confidence: float, said: str
) -> None:
    found = verdict(signs)
    assert (found.killed, found.confidence) == (killed, confidence)
    assert said in "".join(found.evidence)


def test_a_shell_does_not_say_whom_it_lost() -> None:
    assert verdict(Signs(LINE, None, None), by_shell=True).confidence == 0.6
