"""The former server's names: which of its views and columns each metric answers for.

People compare figures with past reports and feed them to tools that know the old names. Columns
stand in the former order, then those it did not have. Row numbers are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from boxoffice.domain.categories import Category
from boxoffice.metrics.readers import Value


@dataclass(frozen=True, slots=True)
class OriginalView:
    """A view of the former server: its column -> ours."""

    name: str
    columns: Mapping[str, str]


_SHOW_SEATS = {
    "paidSeatSales": "paid_amount",
    "paidSeatTot": "paid_seats",
    "paidSeatVip": "paid_seats_vip",
    "paidSeatA": "paid_seats_a",
    "paidSeatS": "paid_seats_s",
    "paidSeatR": "paid_seats_r",
    "paidBadSeatA": "paid_restricted_a",
    "paidBadSeatS": "paid_restricted_s",
    "paidBadSeatR": "paid_restricted_r",
    "paidDisableSeat": "paid_wheelchair",
    "inviteSeatTot": "invited_seats",
    "inviteSeatVip": "invited_seats_vip",
    "inviteSeatA": "invited_seats_a",
    "inviteSeatS": "invited_seats_s",
    "inviteSeatR": "invited_seats_r",
    "inviteBadSeatA": "invited_restricted_a",
    "inviteBadSeatS": "invited_restricted_s",
    "inviteBadSeatR": "invited_restricted_r",
    "inviteDisableSeat": "invited_wheelchair",
}
_SHARES = {
    "depositShare": "deposit_occupancy_pct",
    "paidShare": "paid_occupancy_pct",
    "freeShare": "free_occupancy_pct",
}
_SHOW = {
    "recordDate": "latest_record_date",
    "liveId": "performance_code",
    "showDateTime": "show_at",
    "cast": "cast_label",
    **_SHOW_SEATS,
    **_SHARES,
}
_LIVE = {"liveId": "performance_code", "liveName": "title"}
_LIVE_UNDERSCORE = {"liveId_": "performance_code", "liveName": "title"}
_LIVE_SNAKE = {"live_id": "performance_code", "live_name": "title"}
_LIVE_KOREAN = {"공연ID": "performance_code", "공연명": "title"}
_MARKETING = {
    "salesMarketing": "sales_marketing",
    "promotion": "promotion",
    "etc": "other_notes",
}

ORIGINAL_VIEWS: Mapping[str, OriginalView] = {
    "shows_around_record_date": OriginalView(
        "live_performance_shows",
        {
            **_LIVE_UNDERSCORE,
            "latestRecordDate": "latest_record_date",
            "showTotalSeatNumber": "seats_per_show",
            "start_date": "window_start",
            "end_date": "window_end",
            **_SHOW,
        },
    ),
    "concert_daily": OriginalView(
        "view_con_all_daily",
        {
            **_LIVE_SNAKE,
            "record_date": "sales_date",
            "record_month": "sales_month",
            "record_week": "week_start",
            "daily_sales_ticket_no": "seats",
            "daily_sales_amount": "amount",
        },
    ),
    "concert_overview": OriginalView(
        "view_con_all_overview",
        {
            "yesterday_sales": "yesterday_amount",
            "accumulated_sales": "total_amount",
            "weekly_sales": "last_7_days_amount",
            "daily_avg_sales": "daily_average_amount",
            "data_as_of_min": "data_as_of_min",
            "data_as_of_max": "data_as_of_max",
        },
    ),
    "concert_weekly": OriginalView(
        "view_con_all_weekly",
        {
            **_LIVE_SNAKE,
            "record_week": "week_start",
            "weekly_sales_ticket_no": "seats",
            "weekly_sales_amount": "amount",
            "note_sales_marketing": "sales_marketing",
            "note_promotion": "promotion",
            "note_etc": "other_notes",
        },
    ),
    "concert_break_even": OriginalView(
        "view_con_bep",
        {
            **_LIVE_SNAKE,
            "latestRecordDate": "latest_record_date",
            "sales_start_date": "sale_start_date",
            "sales_end_date": "sale_end_date",
            "seat_class": "seat_class",
            "seatorder": "seat_order",
            "total_seats": "total_seats",
            "sold_seats": "paid_seats",
            "remaining_seats": "remaining_seats",
            "est_additional_sales": "forecast_additional_seats",
            "est_final_remaining": "forecast_remaining_seats",
            "bep_seats": "break_even_seats",
            "est_sales_ratio": "forecast_sold_ratio",
            "est_remaining_ratio": "forecast_remaining_ratio",
            "bep_ratio": "break_even_attainment",
            "show_count": "show_count",
            "invited_seats": "invited_seats",
            "target_ratio": "target_ratio",
            "capacity_missing": "capacity_missing",
        },
    ),
    "concert_profit_forecast": OriginalView(
        "view_con_est_profit",
        {
            "live_name": "title",
            "bep": "break_even_amount",
            "est_sales": "forecast_amount",
            "final_profit": "forecast_profit",
            "live_id": "performance_code",
        },
    ),
    "concert_target_attainment": OriginalView(
        "view_con_target_sales",
        {
            "live_name": "title",
            "target_sales": "target_amount",
            "sales_acc": "total_amount",
            "target_ratio": "attainment_ratio",
            "live_id": "performance_code",
            "target_to_date": "target_to_date_amount",
            "target_to_date_ratio": "target_to_date_ratio",
        },
    ),
    "concert_marketing_now": OriginalView(
        "view_con_weekly_marketing_calendar",
        {
            "live_name": "title",
            "week_start_date": "week_start",
            "week_end_date": "week_end",
            "sales_marketing": "sales_marketing",
            "promotion": "promotion",
            "etc": "other_notes",
            "live_id": "performance_code",
        },
    ),
    "upload_calendar": OriginalView(
        "view_file_upload_check",
        {
            "date": "date",
            **_LIVE,
            "fileName": "original_name",
            "recordDate": "record_date",
            "missing": "missing",
        },
    ),
    "play_shows_near_today": OriginalView(
        "view_llm_play_daily",
        {
            **_LIVE_UNDERSCORE,
            "latestRecordDate": "latest_record_date",
            "showTotalSeatNumber": "seats_per_show",
            "티켓판매일매출": "latest_day_amount",
            "start_date": "window_start",
            "end_date": "window_end",
            **_SHOW,
        },
    ),
    "play_latest_day_sales": OriginalView(
        "view_llm_play_daily_a",
        {
            **_LIVE,
            "latestRecordDate": "latest_record_date",
            "latestTicketSales": "latest_day_amount",
            "latestTicketSalesDate": "latest_sales_date",
        },
    ),
    "play_occupancy_change": OriginalView(
        "view_llm_play_daily_b",
        {
            "live_reference_id": "performance_code",
            "live_name": "title",
            "latest_share": "latest_occupancy_pct",
            "latest_date": "latest_show_date",
            "prev_share": "previous_occupancy_pct",
            "prev_date": "previous_show_date",
            "change_share": "change_points",
        },
    ),
    "play_upcoming_shows": OriginalView(
        "view_llm_play_daily_c",
        {
            **_LIVE,
            "show_date": "show_at",
            "share": "occupancy_pct",
            "showTotalSeatNumber": "seats_per_show",
            "paidSeatTot": "paid_seats",
            "inviteSeatTot": "invited_seats",
            "remaining_seats": "remaining_seats",
        },
    ),
    "play_profit_forecast": OriginalView(
        "view_llm_play_est_profit",
        {
            **_LIVE_UNDERSCORE,
            "bep": "break_even_amount",
            "est_total_revenue": "forecast_amount",
            "est_total_profit": "forecast_profit",
            "latestRecordDate": "latest_record_date",
            "revenue_before_record_date": "past_amount",
            "shows_before_record_date": "past_shows",
            "avg_revenue_per_show_before": "past_amount_per_show",
            "revenue_after_record_date": "future_amount",
            "shows_after_record_date": "future_shows",
            "avg_revenue_per_show_after": "future_amount_per_show",
            "method": "method",
        },
    ),
    "play_last_week_vs_target": OriginalView(
        "view_llm_play_weekly_a",
        {
            **_LIVE_KOREAN,
            "지난주_목표점유율": "target_occupancy_pct",
            "지난주_실제점유율": "last_week_occupancy_pct",
            "지난주_목표매출": "target_amount",
            "지난주_실제매출": "last_week_amount",
            "지지난주_실제매출": "week_before_last_amount",
            "complete": "complete",
        },
    ),
    "play_last_week_cast_ranking": OriginalView(
        "view_llm_play_weekly_b",
        {
            **_LIVE_KOREAN,
            "캐스트": "cast_label",
            "매출액": "paid_amount",
            "공연횟수": "show_count",
        },
    ),
    "play_two_week_shows": OriginalView(
        "view_llm_play_weekly_c",
        {
            **_LIVE_UNDERSCORE,
            "location": "venue",
            "latestRecordDate": "latest_record_date",
            "start_date": "window_start",
            "end_date": "window_end",
            "recordDate": "latest_record_date",
            "showDateTime": "show_at",
            "formattedShowTime": "show_at",
            "cast": "cast_label",
            "paidSeatSales": "paid_amount",
            "paidSeatTot": "paid_seats",
            "inviteSeatTot": "invited_seats",
            "totalAttendance": "attendance",
            "paidSeatVip": "paid_seats_vip",
            "paidSeatA": "paid_seats_a",
            "paidSeatS": "paid_seats_s",
            "paidSeatR": "paid_seats_r",
            "inviteSeatVip": "invited_seats_vip",
            "inviteSeatA": "invited_seats_a",
            "inviteSeatS": "invited_seats_s",
            "inviteSeatR": "invited_seats_r",
            **_SHARES,
            "fileName": "original_name",
        },
    ),
    "marketing_three_weeks": OriginalView(
        "view_llm_play_weekly_d",
        {
            **_LIVE_KOREAN,
            "주차구별": "week_kind",
            "weekNumber": "week_number",
            "weekStartDate": "week_start",
            "weekEndDate": "week_end",
            **_MARKETING,
        },
    ),
    "play_weekly_paid_occupancy": OriginalView(
        "view_llm_play_weekly_paidshare",
        {
            "공연 ID": "performance_code",
            "공연명": "title",
            "주 시작일": "week_start",
            "주 종료일": "week_end",
            "유료 객석 점유율(%)": "paid_occupancy_pct",
            "해당 주 공연 횟수": "show_count",
        },
    ),
    "play_all_shows": OriginalView(
        "view_play_all_showtime",
        {
            **_LIVE_UNDERSCORE,
            "latestRecordDate": "latest_record_date",
            "bep": "break_even_amount",
            **_SHOW,
        },
    ),
    "play_monthly_total": OriginalView(
        "view_play_monthly_all",
        {
            "month_str": "month",
            "total_revenue": "amount",
            "absolute_change": "change_amount",
            "percentage_change": "percentage_change",
            "note": "note",
            "change_ratio": "change_ratio",
            "active_revenue": "active_amount",
        },
    ),
    "play_monthly_by_performance": OriginalView(
        "view_play_monthly_respective",
        {
            "month": "month",
            "performance_name": "title",
            "total_revenue": "amount",
            "absolute_change": "change_amount",
            "percentage_change": "percentage_change",
            "change_ratio": "change_ratio",
            "live_id": "performance_code",
            "is_active": "is_active",
        },
    ),
    "play_target_attainment": OriginalView(
        "view_play_overall_revenue_analysis",
        {
            **_LIVE,
            "category": "category",
            "total_sales": "total_amount",
            "total_target": "target_amount",
            "total_sales_target_ratio": "attainment_ratio",
            "latest_day_sales": "latest_day_amount",
            "latest_day_target": "latest_day_target_amount",
            "latest_day_sales_target_ratio": "latest_day_attainment_ratio",
            "latestRecordDate": "latest_record_date",
            "target_to_date": "target_to_date_amount",
            "target_to_date_ratio": "target_to_date_ratio",
        },
    ),
    "play_target_attainment_by_category": OriginalView(
        "view_play_overall_revenue_analysis_by_category",
        {
            "category": "category",
            "total_sales": "total_amount",
            "total_target": "target_amount",
            "total_sales_target_ratio": "attainment_ratio",
            "latest_day_sales": "latest_day_amount",
            "latest_day_target": "latest_day_target_amount",
            "latest_day_sales_target_ratio": "latest_day_attainment_ratio",
            "covered_ratio": "covered_ratio",
        },
    ),
    "play_occupancy": OriginalView(
        "view_play_overall_share",
        {
            **_LIVE,
            "targetShare": "target_occupancy_pct",
            "depositshare": "deposit_occupancy_pct",
            "paidshare": "paid_occupancy_pct",
            "nodepositshare": "undeposited_occupancy_pct",
        },
    ),
    "play_deposit_occupancy_future": OriginalView(
        "view_play_overall_share_future",
        {**_LIVE, "targetShare": "target_occupancy_pct", "avg_share": "deposit_occupancy_pct"},
    ),
    "play_deposit_occupancy_past": OriginalView(
        "view_play_overall_share_past",
        {**_LIVE, "targetShare": "target_occupancy_pct", "avg_share": "deposit_occupancy_pct"},
    ),
    "play_revenue_by_cast": OriginalView(
        "view_play_revenue_by_cast",
        {
            **_LIVE,
            "cast": "cast_label",
            "totalpaidseatsales": "paid_amount",
            "showcount": "show_count",
            "is_active": "is_active",
            "completed_show_count": "completed_show_count",
            "avg_amount_per_completed_show": "average_amount_per_completed_show",
        },
    ),
    "play_daily_running_totals": OriginalView(
        "view_respective_overall_data",
        {
            **_LIVE,
            "recordDate": "latest_record_date",
            "salesDate": "sales_date",
            "week_start_date": "week_start",
            "sales": "amount",
            "accTicketSales": "running_amount",
            "target": "target_amount",
            "accTarget": "running_target_amount",
        },
    ),
    "play_weekly_vs_target": OriginalView(
        "view_respective_weekly_data",
        {
            **_LIVE,
            "week_start_date": "week_start",
            "weekly_sales": "amount",
            "weekly_target_sales": "target_amount",
            "weekly_achievement_rate": "attainment_ratio",
            **_MARKETING,
        },
    ),
    "play_show_ticket_price": OriginalView(
        "view_showdateinfo_over_recorddate",
        {
            **_LIVE,
            "recordDate": "latest_record_date",
            "showDateTime": "show_at",
            "showdate": "show_date",
            "total_ticket_no": "paid_seats",
            "paid_rate": "paid_occupancy_pct",
            "total_ticket_amount": "paid_amount",
            "avg_ticket_price": "average_price",
        },
    ),
    "target_totals": OriginalView(
        "view_target_sales", {**_LIVE, "total_target_sales": "target_amount"}
    ),
    "play_weekly_tickets": OriginalView(
        "view_weekinfo_over_recorddate",
        {
            **_LIVE,
            "showTotalSeatNumber": "seats_per_show",
            "weekly": "week_start",
            "recordDate": "latest_record_date",
            "weekly_no_of_show": "show_count",
            "weekly_max_sell_seat": "max_seats",
            "paid_rate": "paid_occupancy_pct",
            "total_ticket_no": "paid_seats",
            "total_ticket_amount": "paid_amount",
            "avg_ticket_price": "average_price",
            "mean_show_price": "mean_show_price",
        },
    ),
    "play_weekly_tickets_total": OriginalView(
        "view_weekinfo_over_recorddate_overall",
        {
            "weekly": "week_start",
            "recordDate": "latest_record_date",
            "weekly_max_sell_seat": "max_seats",
            "total_ticket_no": "paid_seats",
            "record_date_min": "record_date_min",
            "record_date_max": "record_date_max",
            "sell_through": "sell_through",
        },
    ),
}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "category": {**{each.value: each.label for each in Category}, "total": "총합"},
    "주차구별": {"last": "전주", "this": "금주", "next": "차주"},
}


def original_value(column: str, value: Value) -> Value:
    """`value` as the former `column` spelled it: Korean words, times to the minute."""
    if isinstance(value, str):
        return _WORDS.get(column, {}).get(value, value)
    if column == "formattedShowTime" and isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value
