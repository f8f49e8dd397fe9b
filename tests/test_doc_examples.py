"""What the documents show is true: their commands are understood, their links lead somewhere."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from boxoffice.main import build_parser, load_command
from usher.cli.parser import parse
from usher.pm2.parse import parse as parse_pm2

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

_COMMAND = re.compile(r"(?:\$ )?(?:uv run )?((?:usher|boxoffice) [a-z].*)")
_SHELL = {"|", "||", "&", "&&", ">", "<", ";"}
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


class Example(NamedTuple):
    """A line or a block of an example, and where it stands."""

    where: str
    text: str


def blocks(page: Path) -> Iterator[tuple[str, Example]]:
    """Yield the examples of a page with their language; "" where none is said."""
    name = page.relative_to(ROOT)
    fence: tuple[str, int, list[str]] | None = None
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            if fence is None:
                fence = (line.strip().strip("`"), number, [])
            else:
                yield fence[0], Example(f"{name}:{fence[1]}", "\n".join(fence[2]))
                fence = None
        elif fence is not None:
            fence[2].append(line)
        elif line.startswith("    "):
            yield "", Example(f"{name}:{number}", line)


def commands() -> Iterator[Example]:
    for page in PAGES:
        for _, block in blocks(page):
            for line in block.text.splitlines():
                found = _COMMAND.fullmatch(line.strip())
                if found:
                    yield Example(block.where, found[1])


def words(command: str) -> list[str]:
    """The argument list: up to what the shell takes for itself, without the program."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    found: list[str] = []
    for word in lexer:
        if word in _SHELL:
            break
        found.append(word)
    return found[1:]


@pytest.mark.parametrize(
    "example", list(commands()), ids=lambda each: f"{each.where} {each.text[:50]}"
)
def test_every_command_is_understood(example: Example) -> None:
    program, arguments = example.text.split()[0], words(example.text)
    if program == "boxoffice":
        assert build_parser(load_command(arguments[0])).parse_args(arguments).command
    elif arguments[0] == "pm2":
        assert parse_pm2(arguments[1:]).command
    else:
        assert parse(arguments).command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} leads nowhere"
        assert not heading or heading in anchors(file), f"{target}: no such heading"


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as web pages of repositories make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", each.lower()) for each in headings)
    return {each.strip().replace(" ", "-") for each in plain}


def test_every_toml_is_toml() -> None:
    seen = 0
    for page in PAGES:
        for language, block in blocks(page):
            if language == "toml":
                seen += 1
                try:
                    tomllib.loads(block.text)
                except tomllib.TOMLDecodeError as error:
                    pytest.fail(f"{block.where}: {error}")
    assert seen
