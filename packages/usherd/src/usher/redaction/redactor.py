"""Takes secrets out of text: known values first, then the classes of `rules`.

A long line is looked at in slices; a secret that goes over the end of one is taken out to its own
end. A line that takes longer than its budget is withheld as a whole: nothing is shown because
looking was slow.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, cast

from usher.redaction.entropy import random_tokens
from usher.redaction.names import is_marked
from usher.redaction.rules import RULES, Rule, concerns_any

SLICE: Final = 16 * 1024
OVERLAP: Final = 256
"""Characters of the next slice that are looked at with a slice."""

BUDGET: Final = 0.5
"""Seconds for a slice, thrice what the worst line costs."""

_END: Final = re.compile(r"[\s\"'<>&;,]")
_BOUND: Final = 250
"""Characters from which a secret may have been cut by the bound of its pattern."""

_NAMED: Final = ("secret", "a", "b", "c")


class Span(NamedTuple):
    """What is taken out, and as what."""

    start: int
    end: int
    tag: str


class Redactor:
    """Redacts lines; knows some values. It has no state: `stream.Stream` sees blocks of lines."""

    def __init__(
        self,
        values: Iterable[str] = (),
        *,
        entropy: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Take values as `values.secrets_of` returns them; without a clock there is no budget."""
        self._values = sorted(set(values), key=lambda value: (-len(value), value))
        self._entropy = entropy
        self._clock = clock

    def line(self, text: str) -> str:
        """Return a line, or any text, without the secrets in it."""
        if len(text) < 4:
            return text
        spans = list(self._spans(text))
        if spans and spans[-1].tag == "":
            return f"[redacted:line {len(text)} bytes]"
        return _render(text, spans) if spans else text

    def tree(self, value: object) -> object:
        """Return what JSON can hold, with every text in it redacted; keys stay."""
        if isinstance(value, str):
            return self.line(value)
        if isinstance(value, list):
            return [self.tree(each) for each in cast("list[object]", value)]
        if isinstance(value, dict):
            named = cast("dict[str, object]", value)
            return {name: self._named(name, each) for name, each in named.items()}
        return value

    def words(self, argv: Iterable[str]) -> list[str]:
        """Return a command line; a flag and its value may be two words of it."""
        words = list(argv)
        joined = self.line("\0".join(words).replace("\0", " "))
        if joined == " ".join(words):
            return words
        shown: list[str] = []
        for at, word in enumerate(words):
            before = words[at - 1] + " " if at else ""
            pair = self.line(before + word)
            alone = self.line(word)
            hidden = bool(before) and pair.startswith(before) and pair != before + word
            shown.append(pair[len(before) :] if hidden else alone)
        return shown

    def _named(self, name: str, value: object) -> object:
        if isinstance(value, str) and not is_marked(value):
            # The name may be what tells: {"password": "..."}.
            before = f"{name}="
            shown = self.line(before + value)
            return shown[len(before) :] if shown.startswith(before) else self.line(value)
        return self.tree(value)

    def _spans(self, text: str) -> Iterator[Span]:
        """Yield what is to be taken out, ordered; a last one without a tag: out of time."""
        yield from self._known(text)
        at = 0
        while at < len(text):
            end = min(len(text), at + SLICE)
            part = text[at : end + OVERLAP]
            started = self._clock() if self._clock else 0.0
            reached, lower = end, part.lower()
            # Most text has nothing to do with any rule, and one look tells.
            for rule in RULES if concerns_any(lower) else ():
                for span in _found(rule, part, lower):
                    yield Span(at + span.start, _whole(text, at, span, part), span.tag)
                    reached = max(reached, _whole(text, at, span, part))
                if self._clock and self._clock() - started > BUDGET:
                    yield Span(0, len(text), "")
                    return
            if self._entropy:
                yield from (Span(at + a, at + b, "entropy") for a, b in random_tokens(part))
            at = reached if end < len(text) else len(text)

    def _known(self, text: str) -> Iterator[Span]:
        for value in self._values:
            at = text.find(value)
            while at >= 0:
                yield Span(at, at + len(value), "env")
                at = text.find(value, at + len(value))


def _found(rule: Rule, part: str, lower: str) -> Iterator[Span]:
    if not any(keyword in lower for keyword in rule.keywords):
        return
    for match in rule.pattern.finditer(part):
        name = next(each for each in _NAMED if _has(match, each))
        start, end = match.span(name)
        if rule.accept(part[match.start() : start], part[start:end]):
            yield Span(start, end, rule.name)


def _has(match: re.Match[str], name: str) -> bool:
    return name in match.re.groupindex and match[name] is not None


def _whole(text: str, at: int, span: Span, part: str) -> int:
    """Return where a secret ends in the text; beyond slice or bound at the next delimiter."""
    end = at + span.end
    bounded = span.end - span.start < _BOUND
    if (bounded and span.end < len(part)) or end >= len(text):
        return end
    following = _END.search(text, end)
    return following.start() if following else len(text)


def _render(text: str, spans: list[Span]) -> str:
    """Put tags in for spans; those that overlap are one, named by what was tried first."""
    order = {span: number for number, span in reversed(list(enumerate(spans)))}
    merged: list[Span] = []
    for span in sorted(set(spans), key=lambda each: (each.start, -each.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            first = last if order.get(last, -1) <= order[span] else span
            merged[-1] = Span(last.start, max(last.end, span.end), first.tag)
        else:
            merged.append(span)
    shown, at = "", 0
    for span in merged:
        shown += f"{text[at : span.start]}[redacted:{span.tag}]"
        at = span.end
    return shown + text[at:]
