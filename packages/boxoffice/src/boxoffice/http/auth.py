"""Signing up, in and out, and one's own password, for programs. The pages are in `sign_in`."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from boxoffice.accounts.sign_in import Attempt, sign_in, sign_out
from boxoffice.accounts.sign_up import Candidate, change_password, sign_up, use_code
from boxoffice.accounts.tokens import random_text
from boxoffice.accounts.users import get_user
from boxoffice.db.transactions import Actor
from boxoffice.http import account_schemas as schemas
from boxoffice.http.account_errors import (
    CHOICE_REFUSED,
    OWN_PASSWORD_REFUSED,
    SIGN_IN_REFUSED,
    SIGN_UP_REFUSED,
    account_errors,
)
from boxoffice.http.answers import ExactJson
from boxoffice.http.identity import (
    AskerOf,
    Person,
    clear_session,
    cookie_name,
    network,
    rights_of_asker,
    set_session,
)
from boxoffice.http.rights import PUBLIC, Right, needs
from boxoffice.http.services import Services, ServicesOf
from boxoffice.http.users import described

router = APIRouter(prefix="/api/v1/auth", tags=["accounts"])

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^\s@\x00]+@[^\s@\x00]+$"),
]
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$"
    ),
]
# Longer than any password may be, so that the reason is told in words.
Password = Annotated[str, StringConstraints(max_length=1024)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128)]


class _Body(BaseModel):
    # Whatever is not asked for is refused: nobody signs up as a master (defect S4).
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignUp(_Body):
    """Somebody who wants an account."""

    email: Email
    name: Name
    password: Password


class SignIn(_Body):
    """Somebody who has one."""

    # Not `Email`: whatever is wrong is answered alike.
    email: Annotated[str, StringConstraints(max_length=254)]
    password: Password


class PasswordChange(_Body):
    """The password so far and the next one."""

    old: Password
    new: Password


class PasswordChoice(_Body):
    """A code from an administrator, and the password its holder chooses."""

    code: Code
    password: Password


@router.post(
    "/register",
    status_code=201,
    dependencies=[PUBLIC],
    responses={201: {"model": schemas.SignedUp}, **SIGN_UP_REFUSED},
)
def register(body: SignUp, request: Request, held: ServicesOf) -> ExactJson:
    """Ask for an account; an administrator approves it."""
    return ExactJson({"userId": register_person(body, request, held), "isApproved": False}, 201)


@router.post(
    "/login", dependencies=[PUBLIC], responses={200: {"model": schemas.User}, **SIGN_IN_REFUSED}
)
def login(body: SignIn, request: Request, held: ServicesOf) -> ExactJson:
    """Begin a session: its cookie comes with the answer."""
    token, user_id = begin_session(body, request, held)
    answer = ExactJson(described(get_user(held.engine, user_id)))
    set_session(answer, held, token)
    return answer


@router.post("/logout", status_code=204, dependencies=[PUBLIC])
def logout(request: Request, held: ServicesOf) -> Response:
    """End the session, if there is one."""
    answer = Response(status_code=204)
    end_session(request, held, answer)
    return answer


@router.get(
    "/session",
    dependencies=[needs(Right.READ)],
    responses={200: {"model": schemas.SignedInUser | schemas.Nobody}},
)
def session(asker: AskerOf, held: ServicesOf) -> ExactJson:
    """Who asks, and what they may do; `userId` is null while there are no accounts."""
    rights = sorted(right.name.lower() for right in rights_of_asker(asker))
    if not isinstance(asker, Person):
        return ExactJson({"userId": None, "rights": rights})
    return ExactJson({**described(get_user(held.engine, asker.account.id)), "rights": rights})


@router.post("/password", status_code=204, responses=OWN_PASSWORD_REFUSED)
def replace_password(
    body: PasswordChange, held: ServicesOf, actor: Annotated[Actor, needs(Right.OWN_ACCOUNT)]
) -> Response:
    """Replace one's own password. All sessions end, this one too."""
    user_id = actor.user_id
    assert user_id is not None  # noqa: S101 - only people have this right
    with account_errors():
        change_password(held.engine, user_id, body.old, body.new, now=held.clock())
    answer = Response(status_code=204)
    clear_session(answer, held)
    return answer


@router.post("/password-choice", status_code=204, dependencies=[PUBLIC], responses=CHOICE_REFUSED)
def choose_password(body: PasswordChoice, held: ServicesOf) -> Response:
    """Choose a password with a code that an administrator handed out."""
    with account_errors():
        use_code(held.engine, body.code, body.password, now=held.clock())
    return Response(status_code=204)


def register_person(body: SignUp, request: Request, held: Services) -> int:
    """The number of the new account."""
    candidate = Candidate(body.email, body.name, body.password)
    with account_errors():
        return sign_up(held.engine, candidate, network=network(request, held), now=held.clock())


def begin_session(body: SignIn, request: Request, held: Services) -> tuple[str, int]:
    """Token of the new session and number of the account; the former session ends."""
    token = random_text()
    attempt = Attempt(body.email, body.password, network(request, held))
    with account_errors():
        user_id = sign_in(held.engine, attempt, token=token, now=held.clock())
    if former := request.cookies.get(cookie_name(held)):
        sign_out(held.engine, former)
    return token, user_id


def end_session(request: Request, held: Services, answer: Response) -> None:
    """End the session of the request, if there is one, and take its cookie back."""
    if token := request.cookies.get(cookie_name(held)):
        sign_out(held.engine, token)
    clear_session(answer, held)
