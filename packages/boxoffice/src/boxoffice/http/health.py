"""How the server is, for people (`/health`) and for supervisors (`/ready`)."""

from fastapi import APIRouter

from boxoffice import __version__
from boxoffice.domain.zone import SEOUL
from boxoffice.http import schemas
from boxoffice.http.answers import ExactJson
from boxoffice.http.probe import Answers, DatabaseState
from boxoffice.http.rights import PUBLIC
from boxoffice.http.services import ServicesOf

# A supervisor asks without an account.
router = APIRouter(tags=["operations"], dependencies=[PUBLIC])


@router.get("/health", responses={200: {"model": schemas.Health}})
async def health(held: ServicesOf) -> ExactJson:
    """Always 200 while the process lives; `status` is `degraded` while the database is not well.

    A restart of this process cures no database: use `/ready` to decide who gets requests.
    """
    state = await held.probe.ask()
    now = held.clock()
    return ExactJson(
        {
            "status": "ok" if _is_ready(state) else "degraded",
            "timestamp": now.astimezone(SEOUL),
            "uptime": round((now - held.started).total_seconds(), 3),
            "version": __version__,
            "database": _described(state),
        }
    )


@router.get(
    "/ready",
    responses={
        200: {"model": schemas.Readiness},
        503: {"model": schemas.Readiness, "description": "Not yet."},
    },
)
async def ready(held: ServicesOf) -> ExactJson:
    """200 if the database answers and its schema is this release's, else 503."""
    state = await held.probe.ask()
    is_ready = _is_ready(state)
    body = {"status": "ready" if is_ready else "unready", "database": _described(state)}
    return ExactJson(body, 200 if is_ready else 503)


def _is_ready(state: DatabaseState) -> bool:
    return isinstance(state, Answers) and state.current


def _described(state: DatabaseState) -> dict[str, object]:
    if not isinstance(state, Answers):
        return {"status": "error", "error": state.error}
    status = "ok" if state.current else "schema_outdated"
    return {"status": status, "latencyMs": state.milliseconds}
