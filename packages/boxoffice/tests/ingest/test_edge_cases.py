"""Every damaged file of the golden set through the whole import, on a real database.

Each case has a performance of its own with one good snapshot before it. Rejected: snapshots, rows
and stored files are as before. Accepted: the new snapshot holds what the set says.
"""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from boxoffice.db.tables import (
    concert_daily_sale,
    concert_show_sale,
    play_daily_sale,
    play_show_sale,
    snapshot,
    stored_file,
    upload_audit,
)
from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest import UploadRefusedError, UploadRequest, upload
from boxoffice.testing import EDGE_AS_OF, EdgeCase, edge_cases

SALES = (play_daily_sale, play_show_sale, concert_daily_sale, concert_show_sale)


def state(engine: Engine, performance_id: int) -> dict[str, Any]:
    """Everything an upload could have changed, but for the audit."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        snapshots = select(snapshot.c.id, snapshot.c.record_date, snapshot.c.status).where(
            snapshot.c.performance_id == performance_id
        )
        found = connection.execute(snapshots.order_by(snapshot.c.id)).all()
        ids = [row.id for row in found]
        counts = {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.snapshot_id.in_(ids))
            ).scalar_one()
            for table in SALES
        }
        files = connection.execute(select(func.count()).select_from(stored_file)).scalar_one()
        return {"snapshots": [tuple(row) for row in found], "rows": counts, "files": files}


def sums(engine: Engine, case: EdgeCase, snapshot_id: int) -> dict[str, dict[str, int]]:
    """Sums of what is stored, in the words of the golden set."""
    is_concert = case.show["category"] == "콘서트"
    daily, shows = SALES[2:] if is_concert else SALES[:2]
    seats = daily.c.paid_seats if is_concert else daily.c.seats
    day_columns = {"rows": func.count(), "amount": func.sum(daily.c.amount)}
    day_columns["seats"] = func.sum(seats)
    show_columns = {"rows": func.count(), "paid": func.sum(shows.c.paid_seats)}
    show_columns["invited"] = func.sum(shows.c.invited_seats)
    if not is_concert:
        show_columns["amount"] = func.sum(shows.c.paid_amount)
    found: dict[str, dict[str, int]] = {}
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        for name, table, columns in (("daily", daily, day_columns), ("shows", shows, show_columns)):
            statement = select(*columns.values()).where(table.c.snapshot_id == snapshot_id)
            row = connection.execute(statement).one()
            found[name] = {key: int(value) for key, value in zip(columns, row, strict=True)}
    return found


def sent(case: EdgeCase) -> UploadRequest:
    content = None if case.name == "form_no_file" else case.file.content
    return UploadRequest(case.file.name, content, live_name=case.live_name)


@pytest.mark.parametrize("case", edge_cases(), ids=lambda case: case.name)
def test_reaction(case: EdgeCase, engine: Engine, add_performance):
    performance_id = add_performance(case.show)
    base = UploadRequest(case.base.name, case.base.content, live_name=case.show["liveName"])
    first = upload(engine, base, as_of=EDGE_AS_OF, actor=LOCAL)
    assert (first.http_status, first.reading.warnings) == (201, ())
    before = state(engine, performance_id)

    if not case.accepted:
        with pytest.raises(UploadRefusedError) as refused:
            upload(engine, sent(case), as_of=EDGE_AS_OF, actor=LOCAL)
        body = refused.value.as_json()
        assert refused.value.http_status == case.http
        assert case.codes <= {detail["code"] for detail in body["details"]}
        assert state(engine, performance_id) == before
        return

    report = upload(engine, sent(case), as_of=EDGE_AS_OF, actor=LOCAL)
    assert report.http_status == case.http
    warnings = {warning.code.value for warning in report.reading.warnings}
    assert warnings <= case.codes <= warnings | {note.code.value for note in report.reading.notes}
    expected = {key: case.expect[key] for key in ("daily", "shows")}
    assert sums(engine, case, report.snapshot_id) == expected == report.as_json()["sheets"]
    assert report.record_date == date.fromisoformat(case.expect["record_date"])
    _check_snapshots(case, before["snapshots"], state(engine, performance_id)["snapshots"])


def _check_snapshots(case: EdgeCase, before: list[Any], after: list[Any]) -> None:
    """The new one is active; the former one is superseded when it was of the same day."""
    (former_id, former_date, _), (_, new_date, status) = after
    assert status == "active"
    assert before == [(former_id, former_date, "active")]
    assert after[0][2] == ("superseded" if new_date == former_date else "active")
    assert (case.name == "same_date_again") == (new_date == former_date)


def test_every_upload_is_in_the_audit(engine: Engine):
    """Runs after the cases of this module: two uploads each."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        statement = select(upload_audit.c.outcome, func.count()).group_by(upload_audit.c.outcome)
        outcomes = dict(connection.execute(statement).all())
    refused = sum(not case.accepted for case in edge_cases())
    assert outcomes == {"created": 2 * len(edge_cases()) - refused, "refused": refused}
