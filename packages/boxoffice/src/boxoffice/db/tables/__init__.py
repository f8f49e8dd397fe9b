"""Every table, one file per noun. What is computed is never stored here: see `sql/views`.

Counts and money are `bigint`: a workbook may say any number, and a sum of won passes 2^31.
"""

from boxoffice.db.tables.base import SCHEMA, metadata
from boxoffice.db.tables.performances import performance, seat_class
from boxoffice.db.tables.planning import (
    archived_target,
    calendar_note,
    daily_target,
    data_change,
    marketing_week,
    month_note,
    orphaned_marketing_week,
)
from boxoffice.db.tables.sales import (
    concert_daily_sale,
    concert_show_sale,
    play_daily_sale,
    play_show_sale,
)
from boxoffice.db.tables.snapshots import snapshot, stored_file, upload_audit, upload_preview

__all__ = [
    "SCHEMA",
    "archived_target",
    "calendar_note",
    "concert_daily_sale",
    "concert_show_sale",
    "daily_target",
    "data_change",
    "marketing_week",
    "metadata",
    "month_note",
    "orphaned_marketing_week",
    "performance",
    "play_daily_sale",
    "play_show_sale",
    "seat_class",
    "snapshot",
    "stored_file",
    "upload_audit",
    "upload_preview",
]
