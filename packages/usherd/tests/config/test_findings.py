"""Every mistake, with the words a person reads: file, line, app, field, what, what to do.

The tables are the two text files beside this one.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

Complaints = Callable[..., list[str]]


def blocks(name: str) -> list[tuple[str, str]]:
    """Read (what was written, what is said) from a table; the first paragraph explains it."""
    paragraphs = (Path(__file__).parent / name).read_text().split("\n\n")[1:]
    cases = [each.strip("\n").split("\n=> ") for each in paragraphs if "\n=> " in each]
    return [(written, said) for written, said in cases]


APPS = blocks("mistakes_in_apps.txt")


@pytest.mark.parametrize(("keys", "said"), APPS, ids=[keys for keys, _ in APPS])
def test_apps(keys: str, said: str, complaints: Complaints, folder: Path) -> None:
    # About a command the table says all there is; everything else is added to a good one.
    own_command = said.startswith(("command:", "script:", "interpreter:", "args:"))
    first = "" if own_command else "command = 'serve'\n"
    text = f"[apps.other]\ncommand = 'serve'\n[apps.api]\n{first}{keys}\n"
    last = text.count("\n")
    (found,) = complaints(text)
    place, _, rest = found.partition(": ")
    assert rest == f"app 'api', {said.replace('{folder}', str(folder))}"
    assert int(place.removeprefix("usher.toml:")) in ((3, 4, 5) if own_command else (last,))


FILES = blocks("mistakes_in_files.txt")


@pytest.mark.parametrize(("file", "said"), FILES, ids=[file for file, _ in FILES])
def test_files(file: str, said: str, complaints: Complaints) -> None:
    name, _, text = file.partition("\n")
    assert complaints(text, name)[0] == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "usher.toml: apps: there are no apps (write a table [apps.NAME] for each)"),
        (b"a = '\xff'", "usher.toml:1: the text is not UTF-8"),
        ("a = " + "[" * 5000, "usher.toml: the text is nested too deeply"),
        (" " * (1024 * 1024 + 1), "usher.toml: cannot read 1048577 bytes: at most 1 MiB is read"),
    ],
    ids=["empty", "not UTF-8", "deep", "large"],
)
def test_texts_that_are_none(text: str | bytes, said: str, complaints: Complaints) -> None:
    assert complaints(text) == [said]


def test_everything_is_said_at_once_and_in_order(complaints: Complaints) -> None:
    text = """\
[apps.a]
command = "nope"
depends_on = ["b"]
[apps.b]
command = "serve"
depends_on = ["c", "zebra"]
instances = "two"
[apps.c]
script = "missing.py"
depends_on = ["a"]
stop = { timout = "1s" }
sockets = [{ name = "http", listen = "127.0.0.1:80" }]
[apps.d]
command = "serve"
sockets = [{ name = "http", listen = "127.0.0.1:80" }]
"""
    found = complaints(text)
    assert [line.split(": ")[0] for line in found] == [
        f"usher.toml:{line}" for line in (2, 3, 6, 7, 9, 11, 15)
    ]
    assert "these wait for each other for ever: a -> b -> c -> a" in found[1]
    assert "no app is called 'zebra'" in found[2]
    assert "socket 'http' wants the address that app 'c' has" in found[-1]


def test_no_message_shows_a_secret(complaints: Complaints, folder: object) -> None:
    text = """\
[apps.api]
command = "nope"
env = { A = ["hunter2"], "B=C" = "hunter2", D = { x = "hunter2" } }
ready.http = "ftp://me:hunter2@h/"
"""
    assert "hunter2" not in "\n".join(complaints(text))
