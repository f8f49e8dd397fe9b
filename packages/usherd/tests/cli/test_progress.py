"""What a terminal shows while a request is on its way."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.cli.console import Console
from usher.cli.progress import Progress


class Screen(Console):
    """A terminal of 30 columns, and what is left on it."""

    def __init__(self, *, json: bool = False) -> None:
        super().__init__(json=json)
        self.live = not json
        self.lines: list[str] = []

    @property
    def note_columns(self) -> int:
        return 30

    def note(self, text: str = "") -> None:
        self.lines.append(text)

    def erase(self, lines: int) -> None:
        del self.lines[len(self.lines) - lines :]


@pytest.fixture
def show(make_event: Callable[..., Any]) -> Callable[..., Any]:
    """Build an event of an instance."""
    return lambda **changes: make_event(**changes).event


def test_lines_are_rewritten_and_taken_away(show: Callable[..., Any]) -> None:
    screen = Screen()
    progress = Progress(screen)
    progress.show(show())
    progress.show(show(slot=1, detail="pid 7"))
    progress.show(show(phase="running", ready=True))
    assert screen.lines == ["api:0  ready", "api:1  starting (pid 7)"]
    progress.show(show(slot=2, detail="x" * 50))
    assert screen.lines[2] == "api:2  starting (xxxxxxxxxxx…"
    progress.close()
    assert screen.lines == []


def test_with_json_nothing_is_shown(show: Callable[..., Any]) -> None:
    screen = Screen(json=True)
    progress = Progress(screen)
    progress.show(show())
    progress.close()
    assert screen.lines == []


def test_what_a_terminal_is_sent(capfd: pytest.CaptureFixture[str]) -> None:
    console = Console(json=False)
    console.erase(0)
    console.erase(2)
    assert capfd.readouterr().err == "\x1b[2A\r\x1b[J"
