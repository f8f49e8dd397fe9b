"""JSON with exact figures: integers and decimals as numbers, moments with Seoul's offset."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from boxoffice.domain.zone import SEOUL
from boxoffice.metrics.readers import Row
from boxoffice.metrics.words import Metric, Unit

# msgspec writes a Decimal digit by digit; the standard library would go through a float.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def wire_value(value: str | int | Decimal | bool | date | datetime | None) -> object:
    """A figure as the interface gives it: wall-clock moments say that they are Seoul's."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=SEOUL)
    return value


def wire_rows(metric: Metric, rows: Sequence[Row]) -> Sequence[Mapping[str, object]]:
    """Rows as the interface gives them; the catalogue says which columns have another spelling."""
    moments = [column.name for column in metric.columns if column.unit is Unit.MOMENT]
    if not moments:
        return rows
    return [{**row, **{name: wire_value(row[name]) for name in moments}} for row in rows]


def encode(content: object) -> bytes:
    """The content as JSON."""
    return _ENCODER.encode(content)


def attachment(file_name: str) -> str:
    """`Content-Disposition` of a file: its name, and one in ASCII for clients that know no other
    (RFC 6266, appendix D)."""
    plain = re.sub(r'[^ -~]|["\\]', "_", file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


class ExactJson(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the body."""
        return encode(content)


class Problem(ExactJson):
    """An error answer (RFC 9457), with `code` for programs and `details` for every reason."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Sequence[Mapping[str, object]] = (),
    ) -> None:
        body = {
            "type": f"urn:boxoffice:problem:{code}",
            "title": message,
            "status": status,
            "code": code,
            "message": message,
            "details": details,
        }
        super().__init__(body, status)
