"""Whatever order uploads come in, and whatever becomes of them, every figure is the right one."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.plain_figures import FIGURES
from tests.plain_figures.compare import differences
from tests.plain_figures.stored import stored_season

from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest.lifecycle import Action, change_standing
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import read_metric
from boxoffice.testing import EDGE_AS_OF

DAYS = (EDGE_AS_OF, date(2025, 6, 12))


def stand(uploads: Any, snapshot_id: int, action: Action) -> None:
    with transaction(uploads.engine, actor=LOCAL) as connection:
        change_standing(connection, snapshot_id, action, LOCAL)


def newest_first(uploads: Any) -> None:
    uploads.send("good", day="20250617")
    uploads.send("older_date", day="20250610")


def again_with_other_content(uploads: Any) -> None:
    uploads.send("good")
    uploads.send("zero_paid")


def deleted(uploads: Any) -> None:
    uploads.send("good", day="20250610")
    stand(uploads, uploads.send("good").snapshot_id, Action.DELETE)


def restored(uploads: Any) -> None:
    first = uploads.send("good")
    uploads.send("zero_paid")
    stand(uploads, first.snapshot_id, Action.RESTORE)


@pytest.mark.parametrize("history", [newest_first, again_with_other_content, deleted, restored])
def test_figures_follow_the_uploads(uploads: Any, history: Callable[[Any], None]) -> None:
    history(uploads)
    for as_of in DAYS:
        with transaction(uploads.engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection:
            season = stored_season(connection)
            for slug, figure in FIGURES.items():
                if slug != "upload_calendar":  # which names the files as they were sent
                    got = read_metric(connection, find(slug))
                    assert differences(figure(season, as_of), got) == [], slug
