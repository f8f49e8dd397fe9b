"""MongoDB: a login by SCRAM where the URL has a user, and a ping, over OP_MSG.

Its driver would be the largest dependency of usher, for four small messages.
"""

import asyncio
import hashlib
import secrets
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote

from usher.probe import bson
from usher.probe.answer import UnansweredError
from usher.probe.connection import Stopwatch, Stream, connect, connect_unix
from usher.probe.scram import Scram, prepared

if TYPE_CHECKING:
    import ssl

_PORT: Final = 27017
_OP_MSG: Final = 2013
_LIMIT: Final = 64 * 1024
_SHOWN: Final = 200
_SHARE: Final = 0.9
"""Of the time, for all hosts of a URL: the rest is for saying what each of them answered."""

_DIGESTS: Final[Mapping[str, Literal["sha1", "sha256"]]] = {
    "SCRAM-SHA-256": "sha256",
    "SCRAM-SHA-1": "sha1",
}
"""Ways to log in, the best first."""


class Place(NamedTuple):
    """What a URL says."""

    hosts: tuple[tuple[str, int], ...]
    """Names and ports; a path is a Unix socket."""
    user: str
    password: str
    source: str
    """The database that knows the user."""
    options: Mapping[str, str]
    """By name in lower case, as drivers compare them."""

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return "true" in (self.options.get("tls"), self.options.get("ssl"))


def read(url: SplitResult) -> Place:
    """Read a URL (mongodb.com/docs: connection strings). Raises ValueError."""
    login, _, hosts = url.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = {name.lower(): value for name, value in parse_qsl(url.query)}
    return Place(
        hosts=tuple(map(_host, hosts.split(","))),
        user=unquote(user),
        password=unquote(password),
        source=options.get("authsource") or unquote(url.path.lstrip("/")) or "admin",
        options=options,
    )


def _host(text: str) -> tuple[str, int]:
    name, bracket, port = text.removeprefix("[").partition("]")
    if not bracket:
        name, _, port = text.partition(":")
    port = port.removeprefix(":")
    number = int(port or _PORT)
    if not name or not 0 < number <= 65535:
        raise ValueError("no host:port")
    return unquote(name), number


async def ask(place: Place, timeout: float, watch: Stopwatch) -> None:
    """Ask its hosts in turn until one is well. Raises UnansweredError; TimeoutError: all are late.

    A replica set is reached by any of its members, and each has its share of `timeout` seconds.
    """
    if len(place.hosts) == 1:
        await _ask_one(place, *place.hosts[0], watch)
        return
    failures: list[str] = []
    late = 0
    for host, port in place.hosts:
        try:
            async with asyncio.timeout(_SHARE * timeout / len(place.hosts)):
                await _ask_one(place, host, port, watch)
                return
        except TimeoutError:
            late += 1
            failures.append(f"{host}:{port} does not answer")
        except (UnansweredError, OSError) as error:
            said, where = str(error), f"{host}:{port}"
            failures.append(said if where in said else f"{where}: {said}")
    if late == len(failures):
        raise TimeoutError
    raise UnansweredError("; ".join(failures)[:_SHOWN])


async def _ask_one(place: Place, host: str, port: int, watch: Stopwatch) -> None:
    if host.startswith("/"):
        stream = await connect_unix(host, watch)
    else:
        context = _context(place.options) if place.tls else None
        stream = await connect(host, port, watch, tls=host if place.tls else "", context=context)
    async with stream:
        talk = _Talk(stream)
        if place.user:
            with watch.phase("login"):
                await _log_in(talk, place)
        with watch.phase("answer"):
            await talk.say("admin", {"ping": 1}, "it refused the ping")


def _context(options: Mapping[str, str]) -> "ssl.SSLContext":
    """Trust whom the URL trusts."""
    import ssl  # this question has a process of its own

    insecure = "true" in (options.get("tlsinsecure"), options.get("tlsallowinvalidcertificates"))
    try:
        context = ssl.create_default_context(cafile=options.get("tlscafile"))
        if key := options.get("tlscertificatekeyfile"):
            context.load_cert_chain(key, password=options.get("tlscertificatekeyfilepassword"))
    except OSError as error:
        raise UnansweredError(f"cannot read a file of its tls: {error.strerror}") from error
    if insecure or options.get("tlsallowinvalidhostnames") == "true":
        context.check_hostname = False
    if insecure:
        context.verify_mode = ssl.CERT_NONE
    return context


async def _log_in(talk: "_Talk", place: Place) -> None:
    mechanism = await _mechanism(talk, place)
    password = prepared(place.password)
    if mechanism == "SCRAM-SHA-1":  # it knows passwords as they were stored before SCRAM
        plain = f"{place.user}:mongo:{place.password}".encode()
        password = hashlib.md5(plain, usedforsecurity=False).hexdigest()
    login = Scram(_DIGESTS[mechanism], place.user, password, secrets.token_urlsafe(18))
    refused = "it does not let us in"
    first = {"saslStart": 1, "mechanism": mechanism, "payload": login.first(), "autoAuthorize": 1}
    answer = await talk.say(
        place.source, {**first, "options": {"skipEmptyExchange": True}}, refused
    )
    going_on = {"saslContinue": 1, "conversationId": answer.get("conversationId")}
    proof = login.final(_payload(answer))
    answer = await talk.say(place.source, {**going_on, "payload": proof}, refused)
    login.check(_payload(answer))
    if not answer.get("done"):  # servers before 4.4 expect one more
        await talk.say(place.source, {**going_on, "payload": b""}, refused)


async def _mechanism(talk: "_Talk", place: Place) -> str:
    """Return the way to log in: the URL's, or the best that the server has for the user."""
    named = place.options.get("authmechanism", "DEFAULT")
    if named != "DEFAULT" and named not in _DIGESTS:
        ways = " or ".join(_DIGESTS)
        raise UnansweredError(f"cannot log in by {named}: give the probe a user with {ways}")
    if named in _DIGESTS:
        return named
    # The name of `hello` that servers of every age know.
    asked = {"isMaster": 1, "saslSupportedMechs": f"{place.source}.{place.user}"}
    answer = await talk.say("admin", asked, "it does not say how to log in")
    known = answer.get("saslSupportedMechs")
    offered = _decoded(known).values() if isinstance(known, bytes) else ()
    return next((each for each in _DIGESTS if each in offered), "SCRAM-SHA-1")


def _payload(answer: Mapping[str, bson.Value]) -> bytes:
    payload = answer.get("payload")
    if not isinstance(payload, bytes):
        raise UnansweredError("its answer to the login is no SCRAM")
    return payload


class _Talk:
    """Commands over one connection, one after the other."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._requests = 0

    async def say(
        self, database: str, command: Mapping[str, Any], refused: str
    ) -> dict[str, bson.Value]:
        """Send a command and return its answer; `refused` are the words for an error."""
        self._requests += 1
        document = bson.encode({**command, "$db": database})
        body = struct.pack("<IB", 0, 0) + document  # no flags; one section of kind 0
        head = struct.pack("<iiii", 16 + len(body), self._requests, 0, _OP_MSG)
        await self._stream.write(head + body)
        length, _, to, kind = struct.unpack("<iiii", await self._stream.read_exactly(16))
        if kind != _OP_MSG or to != self._requests or not 16 + 5 < length <= _LIMIT:
            raise UnansweredError("it speaks no MongoDB")
        answer = _decoded((await self._stream.read_exactly(length - 16))[5:])
        if answer.get("ok") != 1:
            why = answer.get("errmsg")
            raise UnansweredError(f"{refused}: {why[:_SHOWN]}" if isinstance(why, str) else refused)
        return answer


def _decoded(document: bytes) -> dict[str, bson.Value]:
    try:
        return bson.decode(document)
    except ValueError as error:
        raise UnansweredError("it speaks no MongoDB") from error
