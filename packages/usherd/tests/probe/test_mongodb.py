"""MongoDB, against a server that speaks OP_MSG and sees that a password was proved."""

import asyncio
import hashlib
import hmac
import ssl
import struct
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
import trustme

from usher.model.target import ServerTarget
from usher.probe import bson
from usher.probe.answer import Answer
from usher.probe.connection import Stopwatch
from usher.probe.servers import ask

SECRET = "p@ss/w0rd-한글"
WRITTEN = "p%40ss%2Fw0rd-%ED%95%9C%EA%B8%80"
SALT = b"salt-of-the-test"
OLD = hashlib.md5(f"app:mongo:{SECRET}".encode(), usedforsecurity=False)
USERS = {
    "SCRAM-SHA-256": ("sha256", SECRET.encode()),
    "SCRAM-SHA-1": ("sha1", OLD.hexdigest().encode()),
}


class Server:
    """Knows the user `app` of one database, by the ways to log in that it is given."""

    def __init__(self, *ways: str, source: str = "admin", modern: bool = True) -> None:
        self.ways = ways
        self.source = source
        self.modern = modern
        self.logged_in = not ways
        self.commands: list[str] = []
        self._digest = ""
        self._password = b""
        self._said = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.logged_in = not self.ways
        while head := await reader.read(16):
            length, request, _, operation = struct.unpack("<iiii", head)
            flags, kind = struct.unpack("<IB", await reader.readexactly(5))
            assert (operation, flags, kind) == (2013, 0, 0)
            command = bson.decode(await reader.readexactly(length - 21))
            self.commands.append(next(iter(command)))
            document = self.answer(command)
            body = struct.pack("<IB", 0, 0) + document
            writer.write(struct.pack("<iiii", 16 + len(body), 7, request, 2013) + body)
            await writer.drain()

    def answer(self, command: dict[str, Any]) -> bytes:
        match command:
            case {"isMaster": 1, "saslSupportedMechs": user}:
                known = self.ways if user == f"{self.source}.app" else ()
                ways = {str(number): way for number, way in enumerate(known)}
                return document(saslSupportedMechs=ways) if ways else document()
            case {"saslStart": 1, "mechanism": way, "payload": payload, "$db": self.source} if (
                way in self.ways and payload.startswith(b"n,,n=app,r=")
            ):
                self._digest, self._password = USERS[way]
                self._said = payload.removeprefix(b"n,,")
                nonce = self._said.rpartition(b"r=")[2]
                challenge = b"r=%sserver,s=%s,i=4096" % (nonce, b64encode(SALT))
                self._said += b"," + challenge
                return document(conversationId=3, payload=challenge, done=False)
            case {"saslContinue": 1, "conversationId": 3, "payload": b""}:
                self.logged_in = True
                return document(done=True, payload=b"")
            case {"saslContinue": 1, "conversationId": 3, "payload": proof}:
                return self.prove(proof)
            case {"ping": 1, "$db": "admin"}:
                return document()
            case _:
                return document(ok=0, errmsg="Authentication failed.", code=18)

    def prove(self, message: bytes) -> bytes:
        """Check a proof as RFC 5802, 3, says: from the stored key, not from the password."""
        without, _, proof = message.rpartition(b",p=")
        salted = hashlib.pbkdf2_hmac(self._digest, self._password, SALT, 4096)
        key = hmac.digest(salted, b"Client Key", self._digest)
        stored = hashlib.new(self._digest, key).digest()
        said = self._said + b"," + without
        signature = hmac.digest(stored, said, self._digest)
        shown = bytes(a ^ b for a, b in zip(b64decode(proof), signature, strict=True))
        if hashlib.new(self._digest, shown).digest() != stored:
            return document(ok=0, errmsg="Authentication failed.", code=18)
        self.logged_in = self.modern
        server_key = hmac.digest(salted, b"Server Key", self._digest)
        final = b"v=" + b64encode(hmac.digest(server_key, said, self._digest))
        return document(payload=final, done=self.modern)


def document(ok: int = 1, **fields: Any) -> bytes:
    return bson.encode({**fields, "ok": ok})


async def asked(url: str, timeout: float = 60) -> Answer:
    async with asyncio.timeout(120):
        answer = await ask(
            ServerTarget("mongo", variable="DSN"), {"DSN": url}, timeout, Stopwatch()
        )
    assert SECRET not in answer.detail
    assert WRITTEN not in answer.detail
    return answer


async def test_without_a_user_a_ping_is_enough(serve: Any) -> None:
    server = Server()
    answer = await asked(f"mongodb://127.0.0.1:{await serve(server)}/shop")
    assert (answer.ok, server.commands) == (True, ["ping"]), answer.detail


@pytest.mark.parametrize(
    ("server", "rest"),
    [
        (Server("SCRAM-SHA-256", "SCRAM-SHA-1"), "/"),
        (Server("SCRAM-SHA-1"), "/?authMechanism=DEFAULT"),
        (Server("SCRAM-SHA-256", modern=False), ""),
        (Server("SCRAM-SHA-256", source="shop"), "/shop?retryWrites=true&w=majority"),
        (Server("SCRAM-SHA-256"), "/shop?authSource=admin"),
        (Server("SCRAM-SHA-1", "SCRAM-SHA-256"), "/?authmechanism=SCRAM-SHA-1"),
    ],
)
async def test_a_user_is_proved(serve: Any, server: Server, rest: str) -> None:
    answer = await asked(f"mongodb://app:{WRITTEN}@127.0.0.1:{await serve(server)}{rest}")
    assert answer.ok, answer.detail
    assert server.logged_in
    assert server.commands[-1] == "ping"
    assert [name for name, _ in answer.phases] == ["connect", "login", "answer"]


@pytest.mark.parametrize(
    "rest",
    ["app:wrong@{}/", f"other:{WRITTEN}@{{}}/", f"app:{WRITTEN}@{{}}/shop", "app@{}/"],
)
async def test_a_login_that_is_wrong_is_refused(serve: Any, rest: str) -> None:
    port = await serve(Server("SCRAM-SHA-256", "SCRAM-SHA-1"))
    answer = await asked(f"mongodb://{rest.format(f'127.0.0.1:{port}')}")
    assert (answer.ok, answer.detail) == (False, "it does not let us in: Authentication failed.")


async def test_who_does_not_know_the_password_is_no_server_of_ours(serve: Any) -> None:
    class Impostor(Server):
        def prove(self, message: bytes) -> bytes:
            return document(payload=b"v=" + b64encode(bytes(32)), done=True)

    answer = await asked(f"mongodb://app:x@127.0.0.1:{await serve(Impostor('SCRAM-SHA-256'))}/")
    assert (answer.ok, answer.detail) == (False, "it does not know the password itself")


async def test_one_host_of_several_is_enough(serve: Any) -> None:
    port = await serve(Server("SCRAM-SHA-256"))
    url = f"mongodb://app:{WRITTEN}@127.0.0.1:1,127.0.0.1:{port},[::1]/?replicaSet=rs0"
    assert (await asked(url)).ok


async def test_what_each_host_answered_is_told(serve: Any) -> None:
    port = await serve(Server("SCRAM-SHA-256"))
    answer = await asked(f"mongodb://app:wrong@127.0.0.1:1,127.0.0.1:{port}/")
    assert answer.detail == (
        "cannot connect to 127.0.0.1:1: connection refused; "
        f"127.0.0.1:{port}: it does not let us in: Authentication failed."
    )


async def test_a_host_that_hangs_leaves_time_for_the_others(serve: Any) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()

    hanging, well = await serve(silent), await serve(Server())
    answer = await asked(f"mongodb://127.0.0.1:{hanging},127.0.0.1:{well}/", timeout=6)
    assert answer.ok, answer.detail
    with pytest.raises(TimeoutError):
        await asked(f"mongodb://127.0.0.1:{hanging},127.0.0.1:{hanging}/", timeout=0.4)


async def test_by_a_unix_socket(serve: Any, tmp_path: Path) -> None:
    path = f"{tmp_path}/mongodb-27017.sock"
    await serve(Server(), path=path)
    assert (await asked(f"mongodb://{path.replace('/', '%2F')}/shop")).ok


@pytest.mark.parametrize("option", ["tls=true", "ssl=true"])
async def test_tls_is_honoured(serve: Any, shown: ssl.SSLContext, option: str) -> None:
    port = await serve(Server("SCRAM-SHA-256"), shown)
    answer = await asked(f"mongodb://app:{WRITTEN}@localhost:{port}/?{option}")
    assert answer.ok, answer.detail
    assert "tls" in dict(answer.phases)


async def test_tls_trusts_whom_the_url_names(serve: Any, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(f"{tmp_path}/ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("db.internal").configure_cert(context)
    url = f"mongodb://127.0.0.1:{await serve(Server(), context)}/?tls=true"
    assert "certificate" in (await asked(url)).detail
    assert "certificate" in (await asked(f"{url}&tlsCAFile={tmp_path}/ca.pem")).detail
    assert (await asked(f"{url}&tlsCAFile={tmp_path}/ca.pem&tlsAllowInvalidHostnames=true")).ok
    assert (await asked(f"{url}&tlsInsecure=true")).ok
    answer = await asked(f"{url}&tlsCAFile={tmp_path}/none.pem")
    assert answer.detail == "cannot read a file of its tls: No such file or directory"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "mongodb+srv://app:x@shop.a1b2.mongodb.net/",
            (
                "variable DSN holds mongodb+srv, which is not looked up: write "
                "mongodb://HOST:PORT,HOST:PORT/?tls=true with the hosts that "
                "`dig SRV _mongodb._tcp.shop.a1b2.mongodb.net` lists"
            ),
        ),
        ("mongodb://db:port/", "variable DSN holds no URL that can be read"),
        ("mongodb://a:1,/", "variable DSN holds no URL that can be read"),
        ("mongodb://a:99999/", "variable DSN holds no URL that can be read"),
        ("redis://db/", "variable DSN holds no URL of mongo"),
    ],
)
async def test_urls_that_cannot_be_used(url: str, words: str) -> None:
    assert (await asked(url)).detail == words


async def test_a_way_to_log_in_that_is_not_ours_is_named(serve: Any) -> None:
    port = await serve(Server())
    answer = await asked(f"mongodb://app@127.0.0.1:{port}/?authMechanism=MONGODB-X509")
    assert answer.detail == (
        "cannot log in by MONGODB-X509: give the probe a user with SCRAM-SHA-256 or SCRAM-SHA-1"
    )


async def test_a_ping_that_is_refused(serve: Any) -> None:
    class Refusing(Server):
        def answer(self, command: dict[str, Any]) -> bytes:
            return bson.encode({"ok": 0})

    answer = await asked(f"mongodb://127.0.0.1:{await serve(Refusing())}/")
    assert (answer.ok, answer.detail) == (False, "it refused the ping")
