"""Dates in the tokens of dayjs, in which PM2's `log_date_format` is written; local time.

Known are the tokens of dayjs without plugins, as PM2 has it: YY YYYY M MM MMM MMMM D DD d dd ddd
dddd H HH h hh a A m mm s ss SSS Z ZZ, and [text] for text as it is. Everything else stays itself.
"""

from __future__ import annotations

import re
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_TOKEN: Final = re.compile(
    r"\[([^\]]+)\]|YYYY|YY|M{1,4}|D{1,2}|d{1,4}|H{1,2}|h{1,2}|a|A|m{1,2}|s{1,2}|SSS|ZZ?"
)

_DIRECTIVES: Final[dict[str, str]] = {
    "YY": "%y", "YYYY": "%Y", "M": "%-m", "MM": "%m", "MMM": "%b", "MMMM": "%B",
    "D": "%-d", "DD": "%d", "d": "%w", "dd": "%a", "ddd": "%a", "dddd": "%A",
    "H": "%-H", "HH": "%H", "h": "%-I", "hh": "%I", "a": "%P", "A": "%p",
    "m": "%-M", "mm": "%M", "s": "%-S", "ss": "%S", "SSS": "{ms}", "Z": "{zone}", "ZZ": "%z",
}  # fmt: skip


class DateFormat:
    """A compiled format: `format(ns)` is the text of a moment, nanoseconds since the epoch."""

    def __init__(self, text: str) -> None:
        # Literal text never passes strftime, which would read its per cent signs.
        template: list[str] = []
        directives: list[str] = []
        at = 0
        for found in _TOKEN.finditer(text):
            template.append(text[at : found.start()].replace("%", "%%"))
            at = found.end()
            word = found.group()
            if word in _DIRECTIVES:
                directives.append(_DIRECTIVES[word])
                template.append("%.2s" if word == "dd" else "%s")
            else:
                template.append(found.group(1).replace("%", "%%"))
        template.append(text[at:].replace("%", "%%"))
        self._template = "".join(template)
        self._directives = "\n".join(directives)

    def __call__(self, ns: int) -> str:
        seconds, rest = divmod(ns, 1_000_000_000)
        moment = time.localtime(seconds)
        words = self._directives.replace("{ms}", f"{rest // 1_000_000:03}")
        if "{zone}" in words:
            words = words.replace("{zone}", _zone(moment.tm_gmtoff))
        values = time.strftime(words, moment).split("\n") if words else []
        return self._template % tuple(values)


def iso(ns: int) -> str:
    """Return UTC as JavaScript's toISOString writes it: 2026-11-21T07:39:18.212Z."""
    seconds, rest = divmod(ns, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // 1_000_000:03}Z"


def _zone(offset: int) -> str:
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
