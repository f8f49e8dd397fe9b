"""The pages on which people sign up, in and out, and choose a password. Without JavaScript."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from boxoffice.http.auth import (
    Password,
    PasswordChoice,
    SignIn,
    SignUp,
    begin_session,
    choose_password,
    end_session,
    register_person,
)
from boxoffice.http.context import LanguageOf
from boxoffice.http.errors import RequestError
from boxoffice.http.identity import set_session
from boxoffice.http.language import Language
from boxoffice.http.pages import page
from boxoffice.http.rights import PUBLIC
from boxoffice.http.services import ServicesOf

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])

_HOME = "/"


class SignInForm(BaseModel):
    """The fields of the sign-in page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: str
    password: Password
    next: str = _HOME


@router.get("/sign-in")
async def sign_in_page(
    request: Request,
    language: LanguageOf,
    wanted: Annotated[str, Query(alias="next")] = _HOME,
) -> Response:
    """The page to sign in on."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        # Followed from elsewhere (a message, a mail): the browser kept the session's cookie to
        # itself. Asking once more, now from here, it sends it.
        target = local_path(wanted)
        return Response(status_code=200, headers={"Refresh": f"0; url={target}"})
    return page(
        "sign_in.html", language, {"wanted": local_path(wanted), "email": "", "error": None}
    )


@router.post("/sign-in")
def sign_in(
    form: Annotated[SignInForm, Form()], request: Request, held: ServicesOf, language: LanguageOf
) -> Response:
    """Begin a session and go where the person wanted to."""
    wanted = local_path(form.next)
    try:
        body = SignIn(email=form.email[:254], password=form.password)
        token, _ = begin_session(body, request, held)
    except RequestError as error:
        return _again("sign_in.html", language, error, {"wanted": wanted, "email": form.email})
    answer = RedirectResponse(wanted, 303)
    set_session(answer, held, token)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, held: ServicesOf) -> Response:
    """End the session."""
    answer = RedirectResponse("/sign-in", 303)
    end_session(request, held, answer)
    return answer


@router.get("/sign-up")
async def sign_up_page(language: LanguageOf) -> Response:
    """The page to ask for an account on."""
    return page("sign_up.html", language, {"email": "", "name": "", "error": None, "done": False})


@router.post("/sign-up")
def sign_up(
    form: Annotated[SignUp, Form()], request: Request, held: ServicesOf, language: LanguageOf
) -> Response:
    """Ask for an account."""
    shown = {"email": form.email, "name": form.name}
    try:
        register_person(form, request, held)
    except RequestError as error:
        return _again("sign_up.html", language, error, shown | {"done": False})
    return page("sign_up.html", language, shown | {"error": None, "done": True}, status=201)


@router.get("/password")
async def password_page(language: LanguageOf) -> Response:
    """The page to choose a password on, with a code from an administrator."""
    return page("password.html", language, {"error": None})


@router.post("/password")
def password(
    form: Annotated[PasswordChoice, Form()], held: ServicesOf, language: LanguageOf
) -> Response:
    """Choose the password; sign in with it next."""
    try:
        choose_password(form, held)
    except RequestError as error:
        return _again("password.html", language, error, {})
    return RedirectResponse("/sign-in", 303)


def local_path(wanted: str) -> str:
    """Where to go next: a path of ours, else the first page. Nobody is led to another site."""
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and wanted.startswith("/")
    # Browsers take a backslash for a slash, and drop control characters.
    return wanted if is_ours and "\\" not in wanted and wanted.isprintable() else _HOME


def _again(
    template: str, language: Language, error: RequestError, shown: Mapping[str, object]
) -> Response:
    """The same page, with what was wrong."""
    answer = page(template, language, {**shown, "error": error}, status=error.status)
    answer.headers.update(error.headers)
    return answer
