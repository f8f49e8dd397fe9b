"""Hosts that an app's variables name: are their names known, and their certificates good?"""

from collections.abc import Iterable
from typing import Final

from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import Remote
from usher.model.finding import Finding

UNRESOLVED: Final = Code(
    "dns.unresolved",
    "warning",
    "The name of a host is not known",
    "A variable holds the address of a host, and no name server or hosts file knows the name: a "
    "typing error, a name of another network, or a name server that does not answer.",
    "Correct the name, or /etc/resolv.conf and /etc/hosts.",
)
PEER_EXPIRED: Final = Code(
    "tls.peer_expired",
    "warning",
    "The certificate of a host that the app talks to has run out",
    "The app, or whoever else checks it, refuses the connection from its last day on.",
    "Have it renewed by who runs that host.",
)
PEER_EXPIRES: Final = Code(
    "tls.peer_expires_soon",
    "warning",
    "The certificate of a host that the app talks to runs out within 30 days",
    "An automatic renewal would have replaced it by now.",
    "Tell who runs that host, or look at its renewal if that is you.",
)
CODES: Final = (UNRESOLVED, PEER_EXPIRED, PEER_EXPIRES)

_DAY: Final = 86400.0
_SOON: Final = 30


def judge(app: Definition, remotes: Iterable[Remote], now: float) -> list[Finding]:
    """Judge what was seen of the hosts; one that does not answer says nothing by that."""
    found: list[Finding] = []
    for each in remotes:
        field = app.variable(each.variable)
        if each.unresolved:
            message = f"{each.variable} names {each.host!r}: {each.unresolved}"
            found.append(app.finding(UNRESOLVED, message, field))
        if each.not_after is None:
            continue
        days = (each.not_after - now) / _DAY
        where = f"the certificate of {each.host}:{each.port} ({each.variable})"
        if days < 0:
            found.append(app.finding(PEER_EXPIRED, f"{where} ran out {-days:.0f} days ago", field))
        elif days < _SOON:
            found.append(app.finding(PEER_EXPIRES, f"{where} runs out in {days:.0f} days", field))
    return found
