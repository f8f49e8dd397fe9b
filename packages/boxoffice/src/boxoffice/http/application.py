"""The application: routes, rules of access, limits and headers around them."""

from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boxoffice import __version__
from boxoffice.http import (
    auth,
    errors,
    former_paths,
    former_uploads,
    former_users,
    health,
    interface,
    marketing,
    metrics,
    notes,
    overview,
    performances,
    previews,
    sign_in,
    snapshots,
    targets,
    upload_form,
    uploads,
    users,
)
from boxoffice.http.access import Access
from boxoffice.http.body import BodyLimit
from boxoffice.http.exports import Exports
from boxoffice.http.imports import Imports
from boxoffice.http.openapi import DocumentedApplication
from boxoffice.http.services import Services

# Looked through in this order: first what is asked most often.
_ROUTES = (
    metrics,
    overview,
    sign_in,
    health,
    interface,
    auth,
    users,
    performances,
    targets,
    marketing,
    notes,
    uploads,
    previews,
    snapshots,
    former_paths,
    former_uploads,
    former_users,
)

_HEADERS = {
    # Everything a page needs comes from here; nothing it shows can run as a script.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Browsers that came by TLS once never ask without it again.
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def create_application(services: Services) -> FastAPI:
    """The application on its services; starts nothing and owns nothing."""
    app = DocumentedApplication(
        title="boxoffice",
        version=__version__,
        description="A performing-arts company's sales data: workbooks in, right figures out.",
        # Their pages load scripts from elsewhere; `interface` serves the document to any viewer.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    for routes in _ROUTES:
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    errors.install(app)
    app.state.imports = Imports()
    app.state.exports = Exports()
    larger = {uploads.BATCHES: upload_form.MAX_BATCH_BYTES}
    app.add_middleware(BodyLimit, max_bytes=upload_form.MAX_BODY_BYTES, larger=larger)
    app.add_middleware(
        Access,
        accounts=services.accounts,
        public_origin=services.public_origin,
        refuse=errors.refuse_access,
    )
    app.add_middleware(SafeHeaders, is_encrypted=services.is_encrypted)
    return app


class SafeHeaders:
    """ASGI middleware that puts the same protective headers on every answer."""

    def __init__(self, app: ASGIApp, *, is_encrypted: bool) -> None:
        self._app = app
        self._headers = _HEADERS | (_TLS_ONLY if is_encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)
