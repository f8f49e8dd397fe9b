"""The way of an upload: judge the file, then write at once.

Everything that can be wrong is found before the database is touched for writing; the one
transaction then holds file, header, rows and audit. A refusal writes nothing but its audit.
"""

from datetime import date
from functools import partial

from sqlalchemy import Engine

from boxoffice.db.transactions import Actor, transaction
from boxoffice.ingest.assessment import assess
from boxoffice.ingest.importing import import_judged
from boxoffice.ingest.judging import UploadRequest, judge, refusals_audited
from boxoffice.ingest.report import UploadReport
from boxoffice.ingest.store import lock_performance, read_before, store_file


def upload(engine: Engine, request: UploadRequest, *, as_of: date, actor: Actor) -> UploadReport:
    """Import a file for `actor`, record dates judged by `as_of` (the day in Seoul).

    Raises `UploadRefusedError` with all reasons; then nothing has changed but the audit.
    """
    with refusals_audited(engine, request, actor):
        judged = judge(engine, request, as_of, actor)
    performance = judged.performance
    with transaction(engine, actor=actor) as connection:
        if lock_performance(connection, performance.id) is performance.category:
            before = read_before(
                connection,
                performance.id,
                judged.record_date,
                is_concert=performance.category.is_concert,
            )
            assessment = assess(judged.reading, before).as_json()
            keep_file = partial(store_file, content=request.content or b"")
            return import_judged(connection, actor, judged, assessment, keep_file)
    # Deleted, or of another category by now: the file has to be judged by that.
    return upload(engine, request, as_of=as_of, actor=actor)
