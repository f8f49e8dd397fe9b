"""What a definition runs, in the form in which the guard compares programs."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from usher.model.guard import App
from usher.model.spec import ServiceSpec, TcpAddress

_PORT_OPTION: Final = re.compile(r"(?:--port|-p)=?(\d{1,5})?")
_ORIGIN: Final = re.compile(r"(.*?)(?::\d+)?", re.DOTALL)


def app_of(spec: ServiceSpec, env: Mapping[str, str]) -> App:
    """Describe a definition; `env` holds the values of its variables."""
    script, args = _program(spec)
    return App(
        name=spec.name,
        label=spec.label,
        script=os.path.realpath(_joined(spec.cwd, script)) if "/" in script else script,
        args=args,
        cwd=os.path.realpath(spec.cwd),
        ports=tuple(dict.fromkeys(_ports(spec, env))),
        file=file_of(spec),
        role=spec.role,
    )


def file_of(spec: ServiceSpec) -> str:
    """Return the path of the file that defines it; empty where a command line does."""
    matched = _ORIGIN.fullmatch(spec.origin)
    return matched[1] if matched else ""


def folders_of(spec: ServiceSpec) -> tuple[str, ...]:
    """Name the folders whose guard concerns a definition, nearest first.

    They are those of its file, of where it runs and of its script, and every folder around them:
    an app of a guarded checkout is guarded however it is started.
    """
    script = _joined(spec.cwd, _program(spec)[0])
    found = [*_around(file_of(spec)), *_around(script), spec.cwd, *_around(spec.cwd)]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def _around(path: str) -> tuple[str, ...]:
    """Name every folder that a path is in; the services of a home mostly share them."""
    return tuple(map(str, Path(path).parents)) if path else ()


def _program(spec: ServiceSpec) -> tuple[str, tuple[str, ...]]:
    """Find the script among the words: what an interpreter is given, else the program itself."""
    if spec.pm2 is not None and spec.pm2.script:
        return spec.pm2.script, spec.pm2.args
    first, *rest = spec.argv
    if rest and not rest[0].startswith("-") and _may_be_file(_joined(spec.cwd, rest[0])):
        return str(Path(spec.cwd, rest[0])), tuple(rest[1:])
    return first, tuple(rest)


def _joined(folder: str, path: str) -> str:
    # Asked at every start; Path takes several times as long.
    return os.path.join(folder, path)  # noqa: PTH118


def _may_be_file(path: str) -> bool:
    """Tell a script from a word; what is hidden from us counts: its folder may be guarded."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 (as above)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def _ports(spec: ServiceSpec, env: Mapping[str, str]) -> Iterator[int]:
    port = env.get("PORT", "")
    if port.isascii() and port.isdecimal():
        yield int(port)
    for listening in spec.sockets:
        if isinstance(listening.address, TcpAddress) and listening.address.port:
            yield listening.address.port
    for word, following in zip(spec.argv, (*spec.argv[1:], ""), strict=True):
        option = _PORT_OPTION.fullmatch(word)
        number = (option[1] or following) if option else ""
        if number.isascii() and number.isdecimal():
            yield int(number)
