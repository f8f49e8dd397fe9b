"""Reads a command line as PM2 does: options anywhere, and after `--` the words of the script.

Pure: no output, no files. What cannot be read raises UsageError with the words PM2 uses for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from usher.pm2 import commands
from usher.pm2.commands import Command
from usher.pm2.options import OPTIONS, Option, Takes

Given: TypeAlias = Mapping[str, "str | bool"]
"""Option name -> its value, or True where none was given."""


class UsageError(Exception):
    """The words cannot be read; str() is what PM2 says about it."""


class Words(NamedTuple):
    """A command line, taken apart."""

    name: str
    """The command as it was written; "" when there is none."""
    command: Command | None
    """None: there is none, or it is unknown."""
    args: tuple[str, ...]
    given: Given
    script_args: tuple[str, ...]
    """The words after `--`."""

    def flag(self, name: str) -> bool:
        """Tell whether an option was given."""
        return name in self.given

    def value(self, name: str) -> str:
        """Return the value of an option, "" when it was not given (or without a value)."""
        value = self.given.get(name, "")
        return value if isinstance(value, str) else ""


def parse(argv: Sequence[str]) -> Words:
    """Take a command line apart. Raises UsageError."""
    words, script_args = _split(argv)
    command = commands.find(_command_word(words))
    known = {**_index(OPTIONS), **_index(command.options if command else ())}
    args, given = _read(words, known)
    name, rest = (args[0], args[1:]) if args else ("", ())
    if command is not None and "help" not in given:
        for position, needed in enumerate(command.needs):
            if len(rest) <= position:
                raise UsageError(f"missing required argument `{needed.removesuffix('...')}'")
    return Words(name, command, rest, given, script_args)


def parse_for(command: Command, argv: Sequence[str]) -> Words:
    """Take the words of a program apart that is one command itself. Raises UsageError."""
    words, script_args = _split(argv)
    args, given = _read(words, {**_index(OPTIONS), **_index(command.options)})
    return Words(command.name, command, args, given, script_args)


def _split(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    words = list(argv)
    if "--" not in words:
        return words, ()
    end = words.index("--")
    return words[:end], tuple(words[end + 1 :])


def _command_word(words: Sequence[str]) -> str:
    """Return the first word that is no option and no option's value."""
    args, _ = _read(words, _index(OPTIONS), strict=False)
    return args[0] if args else ""


def _index(options: Iterable[Option]) -> dict[str, Option]:
    found: dict[str, Option] = {}
    for option in options:
        found[option.long] = option
        if option.short:
            found[option.short] = option
    return found | ({"-V": found["--version"]} if "--version" in found else {})


def _read(
    words: Sequence[str], known: Mapping[str, Option], *, strict: bool = True
) -> tuple[tuple[str, ...], dict[str, str | bool]]:
    args: list[str] = []
    given: dict[str, str | bool] = {}
    rest = _Lookahead(words)
    for word in rest:
        # `scale app -1` takes a negative number, which no option looks like.
        if not word.startswith("-") or word == "-" or (args[:1] == ["scale"] and _is_number(word)):
            args.append(word)
            continue
        for option, attached in _options_in(word, known, strict=strict):
            given[option.name] = _value_of(option, attached, rest)
    return tuple(args), given


def _is_number(word: str) -> bool:
    return word[1:].isascii() and word[1:].isdecimal()


class _Lookahead(Iterator[str]):
    """An iterator whose next word can be looked at before it is taken."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._next = 0

    def __next__(self) -> str:
        word = self.peek()
        if word is None:
            raise StopIteration
        self._next += 1
        return word

    def peek(self) -> str | None:
        return self._words[self._next] if self._next < len(self._words) else None


def _options_in(
    word: str, known: Mapping[str, Option], *, strict: bool
) -> Iterator[tuple[Option, str | None]]:
    """Yield the options that one word holds, the last one with a value attached to it."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        if name in known:
            yield known[name], value if equals else None
        elif strict:
            raise UsageError(f"unknown option `{name}'")
        return
    letters = word[1:]
    while letters:
        option, letters = known.get(f"-{letters[0]}"), letters[1:]
        if option is None:
            if strict:
                raise UsageError(f"unknown option `-{word[len(word) - len(letters) - 1]}'")
            return
        if option.takes is not Takes.NOTHING and letters:
            yield option, letters.removeprefix("=")
            return
        yield option, None


def _value_of(option: Option, attached: str | None, rest: "_Lookahead") -> str | bool:
    if option.takes is Takes.NOTHING:
        return True
    if attached is not None:
        return attached
    following = rest.peek()
    if option.takes is Takes.VALUE:
        if following is None:
            raise UsageError(f"option `{option.usage}' argument missing")
        # Taken whatever it looks like: `-i -1` leaves one CPU free.
        return next(rest)
    if following is None or following.startswith("-"):
        return True
    return next(rest)
