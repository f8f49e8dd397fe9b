"""Who asks: by a session's cookie, by a script's token, or as a person at this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, assert_never

from fastapi import Depends, Request
from starlette.responses import Response

from boxoffice.accounts.credentials import BearerToken, Credential, SessionToken, whose
from boxoffice.accounts.rights import LOCAL_RIGHTS, Account, Right, rights_of
from boxoffice.accounts.sign_in import LONGEST
from boxoffice.accounts.throttle import network_of
from boxoffice.db.transactions import LOCAL, Actor
from boxoffice.http.services import Services, ServicesOf

_COOKIE = "boxoffice_session"


@dataclass(frozen=True, slots=True)
class Local:
    """Somebody at this machine, while there are no accounts."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who has not signed in, or whose session is over."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    account: Account


Asker = Local | Stranger | Person


def asker(request: Request, held: ServicesOf) -> Asker:
    """Who sends this request; asked once a request, in the thread pool."""
    if not held.accounts.ask():
        return Local()
    credential = shown_by(request, held)
    account = credential and whose(held.engine, credential, now=held.clock())
    return Person(account) if account else Stranger()


AskerOf = Annotated[Asker, Depends(asker)]


def shown_by(request: Request, held: Services) -> Credential | None:
    """What a request shows for itself."""
    return credential_of(request.headers, request.cookies, cookie_name(held))


def credential_of(
    headers: Mapping[str, str], cookies: Mapping[str, str], cookie: str
) -> Credential | None:
    """A token counts alone: no cookie helps out a wrong one."""
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return BearerToken(token.strip()) if scheme.lower() == "bearer" else None
    session = cookies.get(cookie)
    return SessionToken(session) if session else None


def rights_of_asker(asker: Asker) -> frozenset[Right]:
    """What somebody may do."""
    match asker:
        case Local():
            return LOCAL_RIGHTS
        case Stranger():
            return frozenset()
        case Person(account):
            return rights_of(account)
        case _:
            assert_never(asker)


def actor_of(asker: Local | Person) -> Actor:
    """Under which name policies and the audit know them."""
    return LOCAL if isinstance(asker, Local) else Actor.of_user(asker.account.id)


def network(request: Request, held: Services) -> str:
    """Which network to count attempts by.

    Behind the proxy of a public address everybody comes from the proxy: there the last entry of
    its header counts, the one it wrote itself. Only a proxy nearby is believed.
    """
    peer = request.client.host if request.client else None
    forwarded = request.headers.get("x-forwarded-for")
    if held.public_origin and forwarded and _is_nearby(peer):
        peer = forwarded.rpartition(",")[2].strip()
    return network_of(peer)


def _is_nearby(peer: str | None) -> bool:
    try:
        return peer is None or ip_address(peer).is_private
    except ValueError:
        return False


def cookie_name(held: Services) -> str:
    """`__Host-` makes browsers refuse one that somebody else set, but needs TLS."""
    return f"__Host-{_COOKIE}" if held.is_encrypted else _COOKIE


def set_session(response: Response, held: Services, token: str) -> None:
    """Hand the session to the browser: out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(held),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=held.is_encrypted,
        httponly=True,
        samesite="strict",
    )


def clear_session(response: Response, held: Services) -> None:
    """Take the session back."""
    response.delete_cookie(
        cookie_name(held), path="/", secure=held.is_encrypted, httponly=True, samesite="strict"
    )
