"""The former server's paths for people. Names and shapes as they were, but never a password."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from boxoffice.accounts.changes import Changes
from boxoffice.accounts.rights import Role
from boxoffice.accounts.users import (
    EVERYTHING,
    User,
    change_user,
    codes_of,
    get_user,
    list_users,
)
from boxoffice.http import account_schemas as schemas
from boxoffice.http.account_errors import (
    CHANGE_REFUSED,
    SIGN_IN_REFUSED,
    SIGN_UP_REFUSED,
    account_errors,
)
from boxoffice.http.answers import ExactJson
from boxoffice.http.auth import Name, SignIn, SignUp, begin_session, register_person
from boxoffice.http.errors import RequestError
from boxoffice.http.identity import set_session
from boxoffice.http.openapi import problems
from boxoffice.http.rights import PUBLIC
from boxoffice.http.services import ServicesOf
from boxoffice.http.users import Lister, Manager, described

router = APIRouter(tags=["former paths"])


class FormerUser(BaseModel):
    """A whole person, as the users page sent one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    name: Name
    role: Role
    isFileUploader: bool  # noqa: N815 - names of the wire
    isLiveManager: bool  # noqa: N815
    liveNameList: list[str] | None = None  # noqa: N815
    status: bool


@router.post(
    "/users/create-account",
    status_code=201,
    dependencies=[PUBLIC],
    responses={201: {"model": schemas.FormerUser}, **SIGN_UP_REFUSED},
)
def create_account(body: SignUp, request: Request, held: ServicesOf) -> ExactJson:
    """Ask for an account; an administrator approves it."""
    return ExactJson(_former(get_user(held.engine, register_person(body, request, held))), 201)


@router.post(
    "/users/login",
    dependencies=[PUBLIC],
    responses={200: {"model": schemas.FormerSession}, **SIGN_IN_REFUSED},
)
def login(body: SignIn, request: Request, held: ServicesOf) -> ExactJson:
    """Begin a session: its cookie comes with the answer."""
    token, user_id = begin_session(body, request, held)
    user = described(get_user(held.engine, user_id))
    names = ("userId", "name", "role", "isFileUploader", "isLiveManager", "liveNameList")
    shown = {name: user[name] for name in names}
    answer = ExactJson({"code": 200, "message": "Login success", **shown})
    set_session(answer, held, token)
    return answer


@router.get("/users/get-users", responses={200: {"model": list[schemas.FormerUser]}})
def get_users(held: ServicesOf, actor: Lister) -> ExactJson:
    """Oneself and whoever stands below, by role and age."""
    return ExactJson([_former(user) for user in list_users(held.engine, actor=actor)])


@router.get("/live/get-user-list", responses={200: {"model": schemas.FormerNames}})
def get_user_list(held: ServicesOf, actor: Lister) -> ExactJson:
    """Numbers and names of the same people."""
    people = list_users(held.engine, actor=actor)
    items = [{"id": user.id, "name": user.name} for user in people]
    return ExactJson({"status": 200, "userList": items})


@router.post("/users/edit-user", responses={200: {"model": schemas.FormerDone}, **CHANGE_REFUSED})
def edit_user(body: FormerUser, held: ServicesOf, actor: Manager) -> ExactJson:
    """Change a person as a whole; titles name the permitted performances."""
    with account_errors():
        change_user(held.engine, body.id, _changes(body, held), actor=actor)
    return ExactJson({"code": 200, "message": "User updated"})


@router.get(
    "/users/delete-user",
    status_code=405,
    dependencies=[PUBLIC],
    response_class=Response,
    responses=problems(moved=405),
)
async def delete_by_get() -> None:
    """Nothing: reading deletes nobody (defect S5)."""
    successor = "DELETE /api/v1/users/{id}"
    raise RequestError(405, "moved", headers={"Allow": ""}, successor=successor)


def _changes(body: FormerUser, held: ServicesOf) -> Changes:
    titles = frozenset(body.liveNameList or ())
    is_everything = EVERYTHING in titles
    return Changes(
        name=body.name,
        role=body.role,
        can_upload=body.isFileUploader,
        can_manage=body.isLiveManager,
        is_approved=body.status,
        all_performances=is_everything,
        performances=frozenset() if is_everything else codes_of(held.engine, titles),
    )


def _former(user: User) -> Mapping[str, object]:
    shown = described(user)
    names = ("email", "name", "role", "isFileUploader", "isLiveManager", "liveNameList")
    return {
        "id": user.id,
        **{name: shown[name] for name in names},
        "status": shown["isApproved"],
        "createdAt": shown["createdAt"],
    }
