"""Signs in an app's output that something about its connections is wrong, and no restart cures it.

A line is looked at up to 16 KiB.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from usher.guard.code import Code
from usher.model import symptoms
from usher.model.finding import Finding

LINE_LIMIT: Final = 16 * 1024

DOUBLE_INITIALIZE = Code(
    "orm.double_initialize",
    "error",
    "The database connection is initialised twice",
    "A DataSource is initialised when a module is loaded and again in main. A restart does the "
    "same again.",
    "Keep one initialisation: guard it with isInitialized and a promise that both share.",
)
SECOND_POOL = Code(
    "orm.second_pool",
    "error",
    "An instance holds more connections than its pool may have",
    "Two initialisations raced: both succeeded, nothing is logged, and the first pool is left to "
    "itself with its connections. Or the app has more pools than are declared.",
    "Keep one initialisation (isInitialized and a shared promise); where several pools are meant, "
    "declare `pool.per_process`.",
)
TOO_MANY = Code(
    "db.too_many_connections",
    "error",
    "The database refuses further connections",
    "The pools of all instances, or another client, use up what the server has.",
    "See `usher budget`: fewer instances, a smaller pool, or a pooler in front.",
)
CODES = (DOUBLE_INITIALIZE, SECOND_POOL, TOO_MANY)

INCURABLE: Final = frozenset({DOUBLE_INITIALIZE.code})
"""What a restart only repeats."""

DOUBLED: Final = frozenset({DOUBLE_INITIALIZE.code, SECOND_POOL.code})
"""What shows that an app makes its pool twice."""

_SIGNS: Final = (
    (DOUBLE_INITIALIZE, re.compile(symptoms.INITIALIZED_TWICE)),
    (TOO_MANY, re.compile(symptoms.TOO_MANY_CONNECTIONS)),
)
_MESSAGE_LINES: Final = 3
"""Lines that a message may have before its stack."""

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_JS_FRAME: Final = re.compile(r"^\s+at (?:.*\()?(?:file://)?(/[^\s()]+?:\d+)(?::\d+)?\)?\s*$")
_PY_FRAME: Final = re.compile(r'^\s+File "(/[^"]+)", line (\d+)')
_FOREIGN: Final = re.compile(r"/node_modules/|/site-packages/|/dist-packages/|/lib/python3")


class Sign(NamedTuple):
    """A sign, the line that shows it, and the places of the app that its stack names."""

    code: Code
    line: str
    sites: tuple[str, ...] = ()
    """"file:line", innermost first."""

    def finding(self, app: str) -> Finding:
        """Say it of an app."""
        called = f"; called at {' and '.join(self.sites)}" if self.sites else ""
        useless = "; a restart does not help" if self.code.code in INCURABLE else ""
        file, _, line = self.sites[0].rpartition(":") if self.sites else ("", "", "0")
        return self.code.finding(
            f"{app!r} says {self.line!r}{called}{useless}",
            app=app,
            file=file,
            line=int(line),
            hint=self.code.fix,
        )


def _anything(_file: str) -> bool:
    return True


def find(lines: Sequence[str], is_file: Callable[[str], bool] = _anything) -> list[Sign]:
    """Find each sign once, with the places of all stacks that follow its lines.

    With source maps a library's frame names the file it was made from, outside of node_modules, and
    nobody has that file: `is_file` tells.
    """
    found: dict[str, Sign] = {}
    for at, raw in enumerate(lines):
        line = _ANSI.sub("", raw[:LINE_LIMIT]).strip()
        for code, pattern in _SIGNS:
            if not pattern.search(line):
                continue
            before = found.get(code.code, Sign(code, line))
            sites = (*before.sites, *_sites(lines[at + 1 : at + 40], is_file))
            found[code.code] = before._replace(sites=tuple(dict.fromkeys(sites))[:2])
    return list(found.values())


def _sites(following: Iterable[str], is_file: Callable[[str], bool]) -> list[str]:
    """Return the app's own frames of the stack that begins here, or a few lines further."""
    sites: list[str] = []
    for number, raw in enumerate(following):
        line = _ANSI.sub("", raw[:LINE_LIMIT])
        script, python = _JS_FRAME.match(line), _PY_FRAME.match(line)
        if script:
            sites.append(script[1])
        elif python:
            sites.append(f"{python[1]}:{python[2]}")
        elif not line.startswith((" ", "\t")) and (sites or number >= _MESSAGE_LINES):
            break
    own = [site for site in sites if not _FOREIGN.search(site)]
    there = [site for site in own if is_file(site.rpartition(":")[0])]
    return there or own  # an app in another root has its files where we see none
