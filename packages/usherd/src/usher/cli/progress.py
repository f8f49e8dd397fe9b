"""Shows a request on its way: rewritten lines on a terminal, else one line a change."""

from usher.api.text import fit, printable
from usher.api.types import EventRecord
from usher.cli.console import Console


class Progress:
    """The latest word of every instance, on standard error."""

    def __init__(self, console: Console) -> None:
        """Show nothing yet; with --json nothing is ever shown."""
        self._console = console
        self._words: dict[str, str] = {}
        self._shown = 0
        """Lines on the terminal that the next drawing replaces."""

    def show(self, event: EventRecord) -> None:
        """Take in an event; write only if it changes what is known of its instance."""
        if self._console.json or not event.service:
            return
        name = event.service if event.slot is None else f"{event.service}:{event.slot}"
        word = describe(event)
        if self._words.get(name) == word:
            return
        self._words[name] = word
        if self._console.live:
            self._redraw()
        else:
            self._console.note(f"{printable(name)}: {word}")

    def close(self) -> None:
        """Take the rewritten lines away: what remains is said by the command itself."""
        self._console.erase(self._shown)
        self._shown = 0

    def _redraw(self) -> None:
        # A line that fills its terminal might wrap, and could then not be taken away again.
        columns = max(20, self._console.note_columns - 1)
        self._console.erase(self._shown)
        for name, word in self._words.items():
            self._console.note(fit(f"{printable(name)}  {word}", columns).rstrip())
        self._shown = len(self._words)


def describe(event: EventRecord) -> str:
    """Say in a few words how an instance stands after an event."""
    state = "ready" if event.ready else event.phase or event.event
    return printable(f"{state} ({event.detail})" if event.detail else state)
