"""SCRAM against the examples of its RFCs, and against servers that lie."""

from typing import Literal

import pytest

from usher.probe.answer import UnansweredError
from usher.probe.scram import LEAST, MOST, Scram, prepared

RFC_7677 = (
    "sha256",
    "rOprNGfwEbeRWgbNEkqO",
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    ),
    b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
)
RFC_5802 = (
    "sha1",
    "fyko+d2lbbFgONRv9qkxdawL",
    b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
)


@pytest.mark.parametrize("example", [RFC_7677, RFC_5802], ids=["RFC 7677", "RFC 5802"])
def test_the_examples_of_the_rfcs(
    example: tuple[Literal["sha1", "sha256"], str, bytes, bytes, bytes],
) -> None:
    digest, nonce, challenge, proof, verifier = example
    login = Scram(digest, "user", "pencil", nonce)
    assert login.first() == f"n,,n=user,r={nonce}".encode()
    assert login.final(challenge) == proof
    login.check(verifier)
    with pytest.raises(UnansweredError, match="does not know the password itself"):
        login.check(b"v=" + b"A" * 43 + b"=")


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"\xff",
        b"r=abcX,s=QSXCR+Q6,i=many",
        b"r=abcX,s=%%%A,i=4096",
        b"r=other,s=QSXCR+Q6,i=4096",
        f"r=abcX,s=QSXCR+Q6,i={LEAST - 1}".encode(),
        f"r=abcX,s=QSXCR+Q6,i={MOST + 1}".encode(),
        b"e=unknown-user",
    ],
)
def test_what_proves_nothing_gets_no_proof(challenge: bytes) -> None:
    with pytest.raises(UnansweredError, match="is no SCRAM"):
        Scram("sha256", "user", "pencil", "abc").final(challenge)


def test_names_are_escaped() -> None:
    assert Scram("sha256", "a=b,c", "", "x").first() == b"n,,n=a=3Db=2Cc,r=x"


@pytest.mark.parametrize(
    ("written", "hashed"),
    # The examples of RFC 4013, 3, and what people of Seoul type on two keyboards.
    [
        ("I\u00adX", "IX"), ("user", "user"), ("\u00aa", "a"), ("\u2168", "IX"),
        ("a\u00a0b", "a b"), ("\u1112\u1161\u11ab", "\ud55c"),
    ],
)  # fmt: skip
def test_a_password_has_one_form(written: str, hashed: str) -> None:
    assert prepared(written) == hashed
