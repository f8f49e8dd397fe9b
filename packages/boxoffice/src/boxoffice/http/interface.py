"""The description of the interface, for programs of those who look after the server."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from boxoffice.http.rights import Right, needs

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json", dependencies=[needs(Right.READ_INTERFACE)])
async def interface(request: Request) -> JSONResponse:
    """The OpenAPI document (defect S12: it was open to everybody)."""
    return JSONResponse(request.app.openapi())
