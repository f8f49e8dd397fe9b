"""Every table, one file per noun. What is computed is never stored here: see `sql/views`.

Counts and money are `bigint`: a workbook may say any number, and a sum of won passes 2^31.
"""

from boxoffice.db.tables.base import SCHEMA, metadata
from boxoffice.db.tables.performances import performance
from boxoffice.db.tables.planning import daily_target, marketing_week, month_note
from boxoffice.db.tables.sales import (
    concert_daily_sale,
    concert_show_sale,
    play_daily_sale,
    play_show_sale,
)
from boxoffice.db.tables.snapshots import snapshot, stored_file, upload_audit, upload_preview

__all__ = [
    "SCHEMA",
    "concert_daily_sale",
    "concert_show_sale",
    "daily_target",
    "marketing_week",
    "metadata",
    "month_note",
    "performance",
    "play_daily_sale",
    "play_show_sale",
    "snapshot",
    "stored_file",
    "upload_audit",
    "upload_preview",
]
