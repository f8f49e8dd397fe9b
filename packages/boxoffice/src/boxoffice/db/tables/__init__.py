"""Every table, one file per noun. What is computed is never stored here: see `sql/views`.

Counts and money are `bigint`: a workbook may say any number, and a sum of won passes 2^31.
"""

from boxoffice.db.tables.accounts import (
    api_token,
    app_user,
    audit_event,
    password_reset,
    sign_in_attempt,
    user_password,
    user_performance,
    user_session,
)
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
from boxoffice.db.tables.summaries import (
    cast_summary,
    month_summary,
    night_summary,
    performance_summary,
    week_summary,
)

__all__ = [
    "SCHEMA",
    "api_token",
    "app_user",
    "archived_target",
    "audit_event",
    "calendar_note",
    "cast_summary",
    "concert_daily_sale",
    "concert_show_sale",
    "daily_target",
    "data_change",
    "marketing_week",
    "metadata",
    "month_note",
    "month_summary",
    "night_summary",
    "orphaned_marketing_week",
    "password_reset",
    "performance",
    "performance_summary",
    "play_daily_sale",
    "play_show_sale",
    "seat_class",
    "sign_in_attempt",
    "snapshot",
    "stored_file",
    "upload_audit",
    "upload_preview",
    "user_password",
    "user_performance",
    "user_session",
    "week_summary",
]
