"""Reads an app's words: which program they run, through which launchers, on which port."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_LAUNCHERS: Final = frozenset({"npx", "pnpx", "bunx", "dlx", "exec", "env", "cross-env", "nice"})
_MANAGERS: Final = frozenset({"npm", "pnpm", "yarn", "bun"})
_INTERPRETERS: Final = re.compile(
    r"(?:node|nodejs|bun|deno|python|pypy|ruby|php|perl|bash|dash|sh|zsh|ksh)[\d.]*"
)
_PORT_WORD: Final = re.compile(r"(?:--port|-p|--http-port)(?:=(?P<value>\d{1,5}))?")
_BIND_WORD: Final = re.compile(r"(?:--bind|-b|--listen|--addr|--address)(?:=(?P<value>\S+))?")
_HOST_WORD: Final = re.compile(r"(?:--host|--hostname|-H)(?:=(?P<value>\S+))?")
_ADDRESS: Final = re.compile(r"(?:.*:)?(?P<port>\d{1,5})")


class PortWord(NamedTuple):
    """A port that the words name, and the word that does."""

    port: int
    word: str


def words_of(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that decide what runs: those of a shell's text, too."""
    if len(argv) >= 3 and argv[1] == "-c" and _INTERPRETERS.fullmatch(base(argv[0])):
        return tuple(re.findall(r"[^\s;&|()\"']+", argv[2]))
    return argv


def base(word: str) -> str:
    """Return the last part of a path."""
    return word.rpartition("/")[2]


def programs(argv: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each program that the words name, by its bare name, with the words behind it.

    `node_modules/.bin/next start` and `npx next start` and `next start` all yield ("next",
    ("start",)): what is between a launcher and its program is stepped over.
    """
    words = words_of(argv)
    for at, word in enumerate(words):
        if word.startswith("-") or "=" in word:
            continue
        name = re.sub(r"\.(?:c|m)?js$|-cli$", "", base(word))
        yield name, words[at + 1 :]
        if not is_launcher(name) and name not in ("run", "poetry", "pipenv", "uv", *_MANAGERS):
            return


def script(argv: tuple[str, ...]) -> str:
    """Return the word of what is run, behind interpreters, launchers, options and variables.

    `FOO=1 node --inspect dist/main.js` gives "dist/main.js". Empty: there is none.
    """
    words = (word for word in words_of(argv) if not word.startswith("-") and "=" not in word)
    return next((word for word in words if not is_launcher(word)), "")


def is_launcher(word: str) -> bool:
    """Whether the word is a program that runs the one which its words name."""
    name = base(word)
    return name in _LAUNCHERS or _INTERPRETERS.fullmatch(name) is not None


def npm_script(argv: tuple[str, ...]) -> str:
    """Return the script of package.json that the words run; empty when they run none."""
    words = words_of(argv)
    for at, word in enumerate(words):
        if re.sub(r"-cli\.js$", "", base(word)) not in _MANAGERS:
            continue
        rest = [each for each in words[at + 1 :] if not each.startswith("-")]
        if rest[:1] in (["run"], ["run-script"]):
            return rest[1] if len(rest) > 1 else ""
        if rest[:1] in (["start"], ["test"]):
            return rest[0]
    return ""


def ports(argv: tuple[str, ...]) -> Iterator[PortWord]:
    """Yield the ports that options name: -p 3000, --port=3000, --bind 0.0.0.0:8000."""
    words = words_of(argv)
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if option := _PORT_WORD.fullmatch(word):
            value = option["value"] or following
        elif option := _BIND_WORD.fullmatch(word):
            address = _ADDRESS.fullmatch(option["value"] or following)
            value = address["port"] if address else ""
        else:
            continue
        if value.isascii() and value.isdecimal() and 0 < int(value[:6]) <= 65535:
            yield PortWord(int(value), word.partition("=")[0])


def hosts(argv: tuple[str, ...]) -> Iterator[str]:
    """Yield what options name as the address to listen on: --host ::1, --bind 0.0.0.0:8000."""
    words = words_of(argv)
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if option := _HOST_WORD.fullmatch(word):
            yield option["value"] or following
        elif option := _BIND_WORD.fullmatch(word):
            yield (option["value"] or following).rpartition(":")[0].strip("[]")
