"""How long somebody has to wait who tries again and again. Pure.

Attempts are counted by account (against guessing one password) and by network (against one
password tried on many accounts). The wait doubles with each attempt beyond the free ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

FORGOTTEN_AFTER = timedelta(hours=1)
"""Without an attempt; at least the longest wait."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts are free, and the longest wait after them."""

    free: int
    longest: timedelta


# Short, so that nobody can be locked out of their account by somebody else.
BY_ACCOUNT = Limit(free=5, longest=timedelta(minutes=1))
# Larger: a whole office may share an address.
BY_NETWORK = Limit(free=30, longest=timedelta(minutes=15))
SIGN_UPS = Limit(free=5, longest=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of earlier ones."""

    count: int
    last_at: datetime


def wait(attempts: Attempts | None, limit: Limit, now: datetime) -> timedelta:
    """How long to wait from `now`; zero when the next attempt may come."""
    if attempts is None or now - attempts.last_at >= FORGOTTEN_AFTER:
        return timedelta()
    beyond = attempts.count - limit.free
    if beyond < 0:
        return timedelta()
    # The power is bounded before it is taken: the count is not.
    pause = min(timedelta(seconds=2 ** min(beyond, 16)), limit.longest)
    return max(attempts.last_at + pause - now, timedelta())


def network_of(address: str | None) -> str:
    """Whom an address stands for: itself, or the customer's /64 that an IPv6 address is from."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    match parsed:
        case IPv6Address(ipv4_mapped=IPv4Address() as mapped):
            return str(mapped)
        case IPv6Address():
            return str(ip_network((parsed, 64), strict=False))
        case _:
            return str(parsed)
