"""SCRAM, the client's side (RFC 5802, RFC 7677): a password is proved, and never sent."""

import hashlib
import hmac
import stringprep
import unicodedata
from base64 import b64decode, b64encode
from typing import Final, Literal

from usher.probe.answer import UnansweredError

LEAST: Final = 4096
"""Rounds of hashing that a server may ask for (RFC 7677, 4) ..."""
MOST: Final = 200_000
"""... and those that are done for it, 0.1 s: databases ask for some 15,000."""


class Scram:
    """One login, message by message: first, final, check. All raise UnansweredError."""

    def __init__(
        self, digest: Literal["sha1", "sha256"], user: str, password: str, nonce: str
    ) -> None:
        """`password` as the mechanism wants it (`prepared`); `nonce` is fresh, without a comma."""
        self._digest = digest
        self._password = password.encode()
        self._nonce = nonce
        name = user.replace("=", "=3D").replace(",", "=2C")
        self._first = f"n={name},r={nonce}".encode()
        self._signature = b""

    def first(self) -> bytes:
        """Say who we are; no channel is bound."""
        return b"n,," + self._first

    def final(self, challenge: bytes) -> bytes:
        """Answer the server's first message with the proof of the password."""
        try:
            given = _fields(challenge)
            nonce, salt, rounds = given["r"], b64decode(given["s"]), int(given["i"])
        except (KeyError, ValueError) as error:
            raise UnansweredError("its answer to the login is no SCRAM") from error
        if not nonce.startswith(self._nonce) or not LEAST <= rounds <= MOST:
            raise UnansweredError("its answer to the login is no SCRAM that can be trusted")
        salted = hashlib.pbkdf2_hmac(self._digest, self._password, salt, rounds)
        without_proof = f"c=biws,r={nonce}".encode()  # biws: no channel is bound
        said = b",".join((self._first, challenge, without_proof))
        key = self._hmac(salted, b"Client Key")
        signature = self._hmac(hashlib.new(self._digest, key).digest(), said)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._signature = self._hmac(self._hmac(salted, b"Server Key"), said)
        return without_proof + b",p=" + b64encode(proof)

    def check(self, final: bytes) -> None:
        """See that the server knows the password as well, and is no impostor."""
        expected = b"v=" + b64encode(self._signature)
        if not hmac.compare_digest(final.partition(b",")[0], expected):
            raise UnansweredError("it does not know the password itself")

    def _hmac(self, key: bytes, message: bytes) -> bytes:
        return hmac.digest(key, message, self._digest)


def prepared(password: str) -> str:
    """Return a password in the one form it is hashed in (SASLprep, RFC 4013).

    What the rule forbids is not looked for: such a password could not have been set.
    """
    mapped = (
        " " if stringprep.in_table_c12(each) else each
        for each in password
        if not stringprep.in_table_b1(each)
    )
    return unicodedata.normalize("NFKC", "".join(mapped))


def _fields(message: bytes) -> dict[str, str]:
    """Read "r=...,s=...,i=...". Raises ValueError."""
    parts = (part.partition("=") for part in message.decode().split(","))
    return {name: value for name, _, value in parts}
