"""Seat classes, as the ticketing office counts them."""

from enum import StrEnum


class SeatClass(StrEnum):
    """The value is the ending of the workbook's marker (`dash_seat_paid_<value>`)."""

    VIP = "vip"
    R = "r"
    S = "s"
    A = "a"
    B = "b"
    RESTRICTED_A = "bada"
    RESTRICTED_R = "badr"
    RESTRICTED_S = "bads"
    WHEELCHAIR = "disable"


PLAY_CLASSES = frozenset(SeatClass) - {SeatClass.B}
"""Classes a play or musical sells."""

CONCERT_CLASSES = frozenset({SeatClass.VIP, SeatClass.R, SeatClass.S, SeatClass.A, SeatClass.B})
"""Classes a concert sells."""
