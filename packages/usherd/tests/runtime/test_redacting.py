"""What the daemon says passes here: which secrets it knows, and when it looks for others."""

from pathlib import Path

from usher.runtime.environments import Environments
from usher.runtime.redacting import Redacting


def test_the_secrets_of_definitions_in_force_are_known_after_a_change(tmp_path: Path) -> None:
    kept = Environments(tmp_path / "env")
    digest = kept.put({"API_TOKEN": "kR9vQ2mX7pLw"})
    # Another daemon: it has read no environment yet.
    redacting = Redacting(Environments(tmp_path / "env"))
    in_force: list[str] = []
    redacting.digests = lambda: in_force
    assert redacting.text("it said kR9vQ2mX7pLw") == "it said kR9vQ2mX7pLw"
    in_force.append(digest)
    redacting.ask_again()
    assert "kR9vQ2mX7pLw" not in redacting.text("it said kR9vQ2mX7pLw")


def test_definitions_are_not_asked_for_each_line(tmp_path: Path) -> None:
    redacting = Redacting(Environments(tmp_path / "env"))
    asked: list[int] = []
    redacting.digests = lambda: asked.append(1) or ()
    for _ in range(3):
        redacting.text("a line")
    assert asked == [1]
