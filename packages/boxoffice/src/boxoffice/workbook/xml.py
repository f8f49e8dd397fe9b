"""Streaming XML without document types: entities are how XML explodes, workbooks need none."""

from collections.abc import Callable, Mapping
from typing import IO, Protocol
from xml.parsers import expat

from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError

_CHUNK = 256 * 1024
_SEPARATOR = " "

Attributes = Mapping[str, str]


class Listener(Protocol):
    """What is told about a document.

    Tags come without their namespace; attributes in one (few are) keep it, see `local_name`.
    """

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        ...

    def end(self, tag: str) -> None:
        """An element ends."""
        ...

    def text(self, data: str) -> None:
        """A piece of text; one text may come in several."""
        ...


def parse(part: str, stream: IO[bytes], listener: Listener, limits: Limits) -> None:
    """Read one part of the container, a piece at a time, and close it.

    `UnreadableError` names the part when it is no sound XML.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    tags = _LocalNames()
    parser.StartElementHandler = lambda tag, attributes: listener.start(tags[tag], attributes)
    parser.EndElementHandler = lambda tag: listener.end(tags[tag])
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = _refusing(part)
    try:
        with stream:
            while chunk := stream.read(_CHUNK):
                if limits.expired():
                    raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{part}: time is over")
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # LookupError and ValueError: an encoding that Python does not know or cannot use.
        raise UnreadableError(Code.FILE_DAMAGED, f"{part}: {error}") from error


class _LocalNames(dict[str, str]):
    """Name with namespace -> name; a document has few different ones and uses them very often."""

    def __missing__(self, name: str) -> str:
        local = self[name] = local_name(name)
        return local


def local_name(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition(_SEPARATOR)[2]


def _refusing(part: str) -> Callable[[str, str | None, str | None, bool], None]:
    """Entities are declared in a document type, so refusing that one refuses them."""

    def handler(name: str, system: str | None, public: str | None, internal: bool) -> None:  # noqa: ARG001 - what expat passes
        raise UnreadableError(Code.FILE_DAMAGED, f"{part}: document type {name[:40]}")

    return handler
