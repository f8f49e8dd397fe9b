"""What is played: an invented house's programme, all days counted from the day it is shown on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from boxoffice.domain.categories import Category


@dataclass(frozen=True)
class SeatClass:
    """Seats of one class at every show, and the price of a ticket in won."""

    seats: int
    price: int


@dataclass(frozen=True)
class Production:
    """One performance. Days are offsets from the judged day; 0 is that day."""

    code: str
    title: str
    category: Category
    venue: str
    sale_from: int
    first_show: int
    last_show: int
    classes: Mapping[str, SeatClass]
    """By the names of workbook markers: vip, r, s, a, b."""
    fill: float
    """Part of the seats that is sold by the time a show begins, on average."""
    ambition: float
    """Targets as a part of what will really be sold: above 1 they are missed."""
    roles: tuple[tuple[str, ...], ...] = ()
    """For each role the actors who take turns."""
    starts: Mapping[int, tuple[time, ...]] = field(default_factory=dict[int, tuple[time, ...]])
    """Times of shows by weekday (Monday is 0)."""
    running_minutes: int = 120

    @property
    def seats_per_show(self) -> int:
        """Seats of all classes."""
        return sum(entry.seats for entry in self.classes.values())


_EVENING = (time(19, 30),)
_SIX_DAYS: Mapping[int, tuple[time, ...]] = {
    1: _EVENING,
    2: _EVENING,
    3: _EVENING,
    4: _EVENING,
    5: (time(14, 0), time(18, 30)),
    6: (time(15, 0),),
}
_EVERY_DAY: Mapping[int, tuple[time, ...]] = {weekday: (time(18, 0),) for weekday in range(7)}

PROGRAMME = (
    Production(
        "MUS1001",
        "달빛 우체국",
        Category.MUSICAL,
        "강변아트홀 대극장",
        sale_from=-76,
        first_show=-44,
        last_show=26,
        classes={
            "vip": SeatClass(90, 140_000),
            "r": SeatClass(180, 110_000),
            "s": SeatClass(150, 80_000),
            "a": SeatClass(100, 60_000),
        },
        fill=0.78,
        ambition=0.94,
        roles=(("가람", "다온", "한결"), ("나래", "새별")),
        starts=_SIX_DAYS,
        running_minutes=155,
    ),
    Production(
        "MUS1002",
        "마지막 등대",
        Category.MUSICAL,
        "강변아트홀 대극장",
        sale_from=-24,
        first_show=33,
        last_show=88,
        classes={
            "vip": SeatClass(90, 150_000),
            "r": SeatClass(180, 120_000),
            "s": SeatClass(150, 90_000),
            "a": SeatClass(100, 60_000),
        },
        fill=0.7,
        ambition=1.12,
        roles=(("라온", "마루"), ("보라", "아라", "하람")),
        starts=_SIX_DAYS,
        running_minutes=165,
    ),
    Production(
        "PLY2001",
        "세 번째 의자",
        Category.PLAY,
        "골목소극장",
        sale_from=-82,
        first_show=-58,
        last_show=12,
        classes={"r": SeatClass(120, 60_000), "s": SeatClass(100, 45_000)},
        fill=0.64,
        ambition=1.05,
        roles=(("마루", "한결"), ("새별", "하람")),
        starts=_SIX_DAYS,
        running_minutes=95,
    ),
    Production(
        "PLY2002",
        "겨울 정원의 손님",
        Category.PLAY,
        "언덕극장",
        sale_from=-45,
        first_show=-17,
        last_show=39,
        classes={
            "r": SeatClass(160, 66_000),
            "s": SeatClass(110, 50_000),
            "a": SeatClass(50, 35_000),
        },
        fill=0.83,
        ambition=0.86,
        roles=(("아라", "나래"), ("다온", "라온")),
        starts=_SIX_DAYS,
    ),
    Production(
        "PLY2003",
        "비 오는 날의 도서관",
        Category.PLAY,
        "골목소극장",
        sale_from=-190,
        first_show=-160,
        last_show=-96,
        classes={"r": SeatClass(120, 55_000), "s": SeatClass(100, 40_000)},
        fill=0.71,
        ambition=0.97,
        roles=(("하람", "가람"),),
        starts=_SIX_DAYS,
        running_minutes=100,
    ),
    Production(
        "CON3001",
        "파도 소리 라이브",
        Category.CONCERT,
        "바람마당",
        sale_from=-33,
        first_show=16,
        last_show=17,
        classes={
            "vip": SeatClass(120, 154_000),
            "r": SeatClass(400, 132_000),
            "s": SeatClass(380, 110_000),
        },
        fill=0.92,
        ambition=0.91,
        starts=_EVERY_DAY,
    ),
    Production(
        "CON3002",
        "한밤의 재즈",
        Category.CONCERT,
        "언덕극장",
        sale_from=-40,
        first_show=5,
        last_show=5,
        classes={
            "r": SeatClass(160, 77_000),
            "s": SeatClass(110, 66_000),
            "a": SeatClass(50, 44_000),
        },
        fill=0.66,
        ambition=1.24,
        starts=_EVERY_DAY,
        running_minutes=110,
    ),
    Production(
        "CON3003",
        "새봄 교향의 밤",
        Category.CONCERT,
        "강변아트홀 대극장",
        sale_from=-9,
        first_show=47,
        last_show=47,
        classes={
            "vip": SeatClass(60, 120_000),
            "r": SeatClass(180, 90_000),
            "s": SeatClass(150, 70_000),
            "a": SeatClass(80, 50_000),
            "b": SeatClass(50, 30_000),
        },
        fill=0.8,
        ambition=1.0,
        starts=_EVERY_DAY,
    ),
)

MARKETING = (
    ("오픈 기념 SNS 영상 공개", "조기 예매 20%"),
    ("지하철 스크린도어 광고", ""),
    ("배우 인터뷰 연재", "평일 낮 할인 15%"),
    ("라디오 초대석", "1+1 초대"),
    ("", "재관람 할인 20%"),
    ("동네 서점 제휴 전시", ""),
)
"""Texts for the weeks of a sale, taken in turn: sales marketing and promotion."""
