"""From bytes under a name to a file that nothing is wrong with: the same for upload and preview."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

from boxoffice.db.transactions import Actor, transaction
from boxoffice.ingest.performances import Performance, choose, find_performances, plain_title
from boxoffice.ingest.reading import read_apart
from boxoffice.ingest.report import UploadRefusedError
from boxoffice.ingest.store import audit
from boxoffice.workbook import (
    MAX_FILE_BYTES,
    Accepted,
    Code,
    FileName,
    Finding,
    Rejected,
    base_name,
    read_file_name,
)
from boxoffice.workbook.delivery import Order
from boxoffice.workbook.findings import quoted


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A file as it was sent, and what the form said beside it."""

    filename: str
    content: bytes | None
    """None: the form had no file."""
    live_id: str | None = None
    """Code of the performance; must agree with the file name."""
    live_name: str | None = None
    """Title of the performance; must be the one of the code in the file name."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that nothing is wrong with, and where it belongs."""

    performance: Performance
    record_date: date
    file_name: str
    sha256: str
    size_bytes: int
    reading: Accepted


def judge(engine: Engine, request: UploadRequest, as_of: date, actor: Actor) -> Judged:
    """Understand the name, find the performance, read the file.

    Raises `UploadRefusedError` with all reasons; writes nothing.
    """
    name, content = _accepted_name(request, as_of)
    with transaction(engine, actor=actor, read_only=True) as connection:
        performance = _performance(connection, request, name)
    order = Order(
        name.extension,
        performance.category.is_concert,
        name.record_date,
        performance.seats_per_show,
    )
    reading = read_apart(content, order)
    if isinstance(reading, Rejected):
        raise UploadRefusedError(reading.errors, performance.id)
    sha256 = hashlib.sha256(content).hexdigest()
    return Judged(performance, name.record_date, name.name, sha256, len(content), reading)


@contextmanager
def refusals_audited(engine: Engine, request: UploadRequest, actor: Actor) -> Generator[None]:
    """Remember a refusal of the block, and let it pass."""
    try:
        yield
    except UploadRefusedError as refused:
        with transaction(engine, actor=actor) as connection:
            audit(connection, _refusal(request, actor, refused))
        raise


def _refusal(
    request: UploadRequest, actor: Actor, refused: UploadRefusedError
) -> dict[str, object]:
    """What the audit says of it; the name is as sent, but printable."""
    content = request.content or b""
    # The interface stops reading after the limit: what there is of a larger file is not it.
    is_whole = request.content is not None and len(content) <= MAX_FILE_BYTES
    return {
        "actor": actor.name,
        "original_name": quoted(base_name(request.filename)),
        "sha256": hashlib.sha256(content).hexdigest() if is_whole else None,
        "size_bytes": len(content),
        "performance_id": refused.performance_id,
        "outcome": "refused",
        "report": refused.as_json(),
    }


def _accepted_name(request: UploadRequest, as_of: date) -> tuple[FileName, bytes]:
    """What can be judged without the database and without opening the file."""
    if request.content is None:
        raise UploadRefusedError([Finding(Code.FILE_MISSING)])
    size = len(request.content)
    if size > MAX_FILE_BYTES:
        raise UploadRefusedError([Finding(Code.FILE_TOO_LARGE, value=f"{size:,} bytes")])
    name = read_file_name(request.filename, as_of)
    if isinstance(name, Finding):
        raise UploadRefusedError([name])
    return name, request.content


def _performance(connection: Connection, request: UploadRequest, name: FileName) -> Performance:
    title = plain_title(request.live_name)
    askable = title if title is None or title.isprintable() else None
    candidates = find_performances(connection, name.code, askable)
    live_id = request.live_id or None
    chosen = choose(candidates, code=name.code, live_id=live_id, title=title)
    if isinstance(chosen, Finding):
        raise UploadRefusedError([chosen])
    return chosen
