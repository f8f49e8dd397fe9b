"""Certificates that an app is given, and when they run out.

The standard library does not tell the end of a certificate that no server sends, so the few bytes
that say it are found in its DER encoding (X.690): a certificate is a sequence whose first part
holds, behind numbers and names, the sequence of two times.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from usher.model.facts import Certificate

_NAMES: Final = re.compile(
    r"(?:.*_)?(?:SSL|TLS|HTTPS)_?(?:CERT\w*|CRT\w*|FULLCHAIN)|.*_CERT_(?:FILE|PATH)"
)
_TRUSTED: Final = re.compile(r"(?:.*_)?SSL_CERT_(?:FILE|DIR)")
"""OpenSSL's names for what a program trusts, which is not its own certificate."""

_OPTIONS: Final = ("--ssl-certfile", "--certfile", "--tls-cert", "--cert")
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_SIZE_LIMIT: Final = 256 * 1024
_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17


def certificates(argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> list[Certificate]:
    """Look at every certificate that variables or options name."""
    return [_certificate(Path(cwd, path), named_by) for named_by, path in _named(argv, env)]


def _named(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in env.items():
        if _TRUSTED.fullmatch(name) or "/" not in value or "BEGIN" in value:
            continue
        if _NAMES.fullmatch(name):
            yield name, value
    for word, following in zip(argv, (*argv[1:], ""), strict=True):
        option, _, value = word.partition("=")
        if option in _OPTIONS and (value or following):
            yield option, value or following


def _certificate(path: Path, named_by: str) -> Certificate:
    try:
        with path.open("rb") as file:
            content = file.read(_SIZE_LIMIT)
    except OSError as error:
        fault = (error.strerror or str(error)).lower()
        return Certificate(str(path), named_by, fault=fault)
    import ssl  # most apps have no certificate, and it takes 10 ms to load

    found = _PEM.search(content)
    try:
        der = ssl.PEM_cert_to_DER_cert(found[0].decode("ascii")) if found else content
        return Certificate(str(path), named_by, not_after(der))
    except (ValueError, IndexError):
        return Certificate(str(path), named_by, fault="it is no certificate")


def not_after(der: bytes) -> float:
    """Return until when a certificate (DER) is good, s since the epoch.

    It is the second of its two times. Raises ValueError or IndexError when it is none.
    """
    certificate, _ = _content(der)
    signed, _ = _content(certificate)
    rest = signed
    if rest[0] == _VERSION:
        _, rest = _content(rest)
    for _ in ("serial number", "signature algorithm", "issuer"):
        _, rest = _content(rest)
    if rest[0] != _SEQUENCE:
        raise ValueError("no validity")
    _, behind_first = _content(_content(rest)[0])
    text = _content(behind_first)[0].decode("ascii")
    if behind_first[0] == _UTC_TIME:  # two digits: years from 1950 to 2049
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _content(data: bytes) -> tuple[bytes, bytes]:
    """Return what the first value of `data` holds, and what is behind it."""
    length, start = data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    if start + length > len(data):
        raise ValueError("cut off")
    return data[start : start + length], data[start + length :]
