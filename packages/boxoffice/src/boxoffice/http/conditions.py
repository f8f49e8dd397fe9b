"""Conditional requests (RFC 9110, 13): not sent again what is known, not overwritten what changed.

A plan's tag is the digest of what is read of it, so whoever read it may change it with `If-Match`.
A metric's tag is made of what its figures depend on, so that nothing is computed to compare it.
"""

import hashlib
from typing import Annotated

from fastapi import Header, Response

from boxoffice.http.answers import ExactJson, encode
from boxoffice.http.errors import RequestError

IfMatch = Annotated[
    str | None,
    Header(
        description="ETag of what was read before; when it is something else by now, nothing is"
        " changed (412 `changed_meanwhile`). Left out: changed whatever it is."
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(description="ETag of an answer that is known; 304 while it is still right.")
]
NOT_MODIFIED = {304: {"description": "What `If-None-Match` names is still right."}}
CHANGED_MEANWHILE = {"changed_meanwhile": 412}

_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie, Authorization"}


def entity_tag(*parts: object) -> str:
    """A strong tag that differs when one of the parts does."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def content_tag(content: object) -> str:
    """The tag of a JSON answer."""
    return entity_tag(encode(content))


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the client has the answer of this tag already; weakly compared, as RFC 9110 asks."""
    return any(name in ("*", tag) for name in _tags(if_none_match))


def not_modified(tag: str) -> Response:
    """304: the client's copy is still right."""
    return Response(status_code=304, headers={"ETag": tag, **_CACHING})


def with_tag(answer: Response, tag: str) -> Response:
    """The answer, to be kept by the client and asked for again by its tag."""
    answer.headers.update({"ETag": tag, **_CACHING})
    return answer


def tagged(if_none_match: str | None, content: object) -> Response:
    """A JSON answer with its tag, or 304 when the client has it."""
    tag = content_tag(content)
    if is_known(if_none_match, tag):
        return not_modified(tag)
    return with_tag(ExactJson(content), tag)


def demand_unchanged(if_match: str | None, content: object) -> None:
    """412 when what is there now is not what the client read; strongly compared."""
    if if_match is None:
        return
    if not any(name in ("*", content_tag(content)) for name in _tags(if_match, weak=False)):
        raise RequestError(412, "changed_meanwhile")


def _tags(header: str | None, *, weak: bool = True) -> list[str]:
    names = [name.strip() for name in (header or "").split(",")]
    return [name.removeprefix("W/") for name in names] if weak else names
