"""Where the next page of a list begins: the key of the row that this page ended with.

Opaque to clients, and nothing secret: it only says after which key to go on.
"""

import base64
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import Query

from boxoffice.http.errors import RequestError
from boxoffice.metrics.readers import Value
from boxoffice.metrics.words import Unit

LimitOf = Annotated[int, Query(ge=1, le=1000, description="Items of a page.")]
CursorOf = Annotated[
    str | None, Query(max_length=1000, description="`nextCursor` of the page before.")
]

_LARGEST = 2**63 - 1


def encode_cursor(list_name: str, key: Sequence[Value]) -> str:
    """The cursor behind a row of the list."""
    words = [value.isoformat() if isinstance(value, date) else value for value in key]
    return base64.urlsafe_b64encode(msgspec.json.encode([list_name, *words])).decode().rstrip("=")


def decode_cursor(list_name: str, cursor: str, units: Sequence[Unit]) -> list[Value]:
    """The key behind which the page begins; 422 for a cursor that this list never gave."""
    try:
        content = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, *key = msgspec.json.decode(content, type=list[str | int])
        values = [_read(unit, word) for unit, word in zip(units, key, strict=True)]
    except (ValueError, msgspec.MsgspecError):
        raise RequestError(422, "cursor_invalid") from None
    if name != list_name:
        raise RequestError(422, "cursor_invalid")
    return values


def _read(unit: Unit, word: object) -> Value:
    match unit, word:
        case Unit.DATE, str():
            return date.fromisoformat(word)
        case Unit.MOMENT, str():
            return _naive(datetime.fromisoformat(word))
        case ((Unit.TEXT | Unit.MONTH), str()) if word.isprintable():
            return word
        case ((Unit.IDENTIFIER | Unit.NUMBER), int()) if abs(word) <= _LARGEST:
            return word
        case _:
            raise ValueError(word)


def _naive(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError(moment)
    return moment
