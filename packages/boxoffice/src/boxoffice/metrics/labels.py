"""What columns of metrics are called for people: in the words of those who sell, Korean first.

One name has one label wherever it stands; the metric says of what it is.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Label(NamedTuple):
    """A column's heading."""

    ko: str
    en: str


LABELS: Mapping[str, Label] = {
    # Which performance, show, day.
    "performance_code": Label("공연 ID", "Performance code"),
    "performance_id": Label("공연 번호", "Performance number"),
    "title": Label("공연명", "Title"),
    "category": Label("카테고리", "Category"),
    "is_active": Label("진행 중", "Running"),
    "venue": Label("공연장", "Venue"),
    "show_at": Label("공연 일시", "Show"),
    "show_date": Label("공연일", "Show date"),
    "show_sale_id": Label("회차 행 번호", "Show row number"),
    "cast_label": Label("캐스트", "Cast"),
    "actor": Label("배우", "Actor"),
    "rank": Label("순위", "Rank"),
    "snapshot_id": Label("업로드 번호", "Upload number"),
    "original_name": Label("파일명", "File name"),
    "missing": Label("업로드 누락", "Upload missing"),
    # Days, weeks, months.
    "date": Label("날짜", "Day"),
    "month": Label("월", "Month"),
    "sales_date": Label("판매일", "Sales date"),
    "sales_month": Label("판매월", "Sales month"),
    "week_start": Label("주 시작일", "Week from"),
    "week_end": Label("주 종료일", "Week to"),
    "week_kind": Label("주차 구분", "Which week"),
    "week_number": Label("판매 주차", "Week of the sale"),
    "window_start": Label("조회 시작일", "Shows from"),
    "window_end": Label("조회 종료일", "Shows to"),
    "sale_start_date": Label("판매 시작일", "Sale from"),
    "sale_end_date": Label("판매 종료일", "Sale to"),
    "record_date": Label("기준일자", "Record date"),
    "latest_record_date": Label("최근 기준일자", "Latest record date"),
    "record_date_min": Label("가장 이른 기준일자", "Earliest record date"),
    "record_date_max": Label("가장 늦은 기준일자", "Latest of all record dates"),
    "data_as_of_min": Label("가장 이른 기준일자", "Earliest record date"),
    "data_as_of_max": Label("가장 늦은 기준일자", "Latest of all record dates"),
    "latest_sales_date": Label("최근 판매일", "Latest sales date"),
    "latest_show_date": Label("최근 공연일", "Latest show date"),
    "previous_show_date": Label("직전 공연일", "Show date before"),
    "complete": Label("전주 전체 반영", "Whole week reported"),
    # Money.
    "amount": Label("매출", "Sales"),
    "paid_amount": Label("유료 매출", "Paid sales"),
    "total_amount": Label("누적 매출", "Sales so far"),
    "active_amount": Label("진행 중 공연 매출", "Sales of running performances"),
    "running_amount": Label("일자별 누적 매출", "Running sales"),
    "yesterday_amount": Label("어제 매출", "Yesterday's sales"),
    "last_7_days_amount": Label("최근 7일 매출", "Sales of the last 7 days"),
    "daily_average_amount": Label("최근 7일 일평균 매출", "Daily average of the last 7 days"),
    "latest_day_amount": Label("최근 판매일 매출", "Sales of the latest day"),
    "last_week_amount": Label("전주 매출", "Last week's sales"),
    "week_before_last_amount": Label("전전주 매출", "Sales of the week before last"),
    "change_amount": Label("증감액", "Change"),
    "change_ratio": Label("증감률", "Relative change"),
    "percentage_change": Label("증감률(소수 둘째 자리)", "Relative change, 2 decimals"),
    "average_price": Label("평균 티켓 단가", "Average ticket price"),
    "mean_show_price": Label("회차별 평균 단가의 평균", "Mean of the shows' average prices"),
    "average_amount_per_completed_show": Label(
        "종료 회차당 평균 매출", "Average sales per completed show"
    ),
    # Targets and break-even.
    "target_amount": Label("목표 매출", "Target"),
    "running_target_amount": Label("일자별 누적 목표", "Running target"),
    "target_to_date_amount": Label("현재까지 목표", "Target to date"),
    "latest_day_target_amount": Label("최근 판매일 목표", "Target of the latest day"),
    "attainment_ratio": Label("목표 달성률", "Attainment"),
    "target_to_date_ratio": Label("현재까지 목표 달성률", "Attainment to date"),
    "latest_day_attainment_ratio": Label("최근 판매일 달성률", "Attainment of the latest day"),
    "covered_ratio": Label(
        "목표가 있는 공연의 달성률", "Attainment of performances that have a target"
    ),
    "break_even_amount": Label("손익분기점(BEP)", "Break-even amount"),
    "break_even_seats": Label("손익분기 좌석 수", "Break-even seats"),
    "break_even_attainment": Label("손익분기 달성률", "Break-even attainment"),
    "target_ratio": Label("목표 점유율(비율)", "Target occupancy as a ratio"),
    "forecast_amount": Label("예상 총매출", "Forecast sales"),
    "forecast_profit": Label("최종 예상 손익", "Forecast profit"),
    "method": Label("산출 방법", "Method"),
    "past_amount": Label("지난 회차 매출", "Sales of past shows"),
    "past_shows": Label("지난 회차 수", "Past shows"),
    "past_amount_per_show": Label("지난 회차당 평균 매출", "Sales per past show"),
    "future_amount": Label("남은 회차 매출", "Sales of shows to come"),
    "future_shows": Label("남은 회차 수", "Shows to come"),
    "future_amount_per_show": Label("남은 회차당 평균 매출", "Sales per show to come"),
    # Seats and shows.
    "show_count": Label("회차 수", "Shows"),
    "completed_show_count": Label("종료 회차 수", "Completed shows"),
    "seats": Label("판매 매수", "Tickets"),
    "seat_class": Label("좌석 등급", "Seat class"),
    "seat_order": Label("등급 순서", "Order of classes"),
    "seats_per_show": Label("회차당 총 좌석 수", "Seats per show"),
    "total_seats": Label("총 좌석 수", "Seats in all"),
    "max_seats": Label("판매 가능 좌석 수", "Seats on sale"),
    "remaining_seats": Label("잔여석", "Remaining seats"),
    "attendance": Label("총 관객 수", "Attendance"),
    "capacity_missing": Label("좌석 수 미입력", "Capacity not entered"),
    "forecast_additional_seats": Label("추가 판매 예상 좌석 수", "Seats still to be sold"),
    "forecast_remaining_seats": Label("최종 예상 잔여석", "Seats left in the end"),
    "forecast_sold_ratio": Label("최종 예상 판매율", "Part sold in the end"),
    "forecast_remaining_ratio": Label("최종 예상 잔여율", "Part left in the end"),
    "sell_through": Label("좌석 판매율", "Sell-through"),
    "paid_seats": Label("유료 좌석", "Paid seats"),
    "paid_seats_vip": Label("유료 VIP석", "Paid, VIP"),
    "paid_seats_r": Label("유료 R석", "Paid, R"),
    "paid_seats_s": Label("유료 S석", "Paid, S"),
    "paid_seats_a": Label("유료 A석", "Paid, A"),
    "paid_restricted_r": Label("유료 시야제한 R석", "Paid, restricted view R"),
    "paid_restricted_s": Label("유료 시야제한 S석", "Paid, restricted view S"),
    "paid_restricted_a": Label("유료 시야제한 A석", "Paid, restricted view A"),
    "paid_wheelchair": Label("유료 장애인석", "Paid, wheelchair"),
    "invited_seats": Label("초대 좌석", "Complimentary seats"),
    "invited_seats_vip": Label("초대 VIP석", "Complimentary, VIP"),
    "invited_seats_r": Label("초대 R석", "Complimentary, R"),
    "invited_seats_s": Label("초대 S석", "Complimentary, S"),
    "invited_seats_a": Label("초대 A석", "Complimentary, A"),
    "invited_restricted_r": Label("초대 시야제한 R석", "Complimentary, restricted view R"),
    "invited_restricted_s": Label("초대 시야제한 S석", "Complimentary, restricted view S"),
    "invited_restricted_a": Label("초대 시야제한 A석", "Complimentary, restricted view A"),
    "invited_wheelchair": Label("초대 장애인석", "Complimentary, wheelchair"),
    # Occupancy.
    "occupancy_pct": Label("객석 점유율(%)", "Occupancy, %"),
    "paid_occupancy_pct": Label("유료 점유율(%)", "Paid occupancy, %"),
    "free_occupancy_pct": Label("무료 점유율(%)", "Complimentary occupancy, %"),
    "deposit_occupancy_pct": Label("입금 점유율(%)", "Deposited occupancy, %"),
    "undeposited_occupancy_pct": Label("미입금 점유율(%)", "Undeposited occupancy, %"),
    "target_occupancy_pct": Label("목표 점유율(%)", "Target occupancy, %"),
    "last_week_occupancy_pct": Label("전주 객석 점유율(%)", "Last week's occupancy, %"),
    "latest_occupancy_pct": Label("최근 공연일 점유율(%)", "Occupancy of the latest show date, %"),
    "previous_occupancy_pct": Label("직전 공연일 점유율(%)", "Occupancy of the date before, %"),
    "change_points": Label("점유율 증감(%p)", "Change in points"),
    # Marketing and notes.
    "sales_marketing": Label("세일즈 마케팅", "Sales marketing"),
    "promotion": Label("프로모션", "Promotion"),
    "other_notes": Label("기타(비고)", "Other notes"),
    "note": Label("월간 비고", "Note on the month"),
}
"""Heading by column name."""
