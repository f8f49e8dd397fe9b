"""Passwords: kept as argon2id, and refused when they are too easy to guess."""

import string
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 128
"""Characters."""

# OWASP's parameters for argon2id. The library's defaults take 64 MiB and four threads for each
# attempt, which is a way to squeeze a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(4)

_FEWEST_DIFFERENT = 5
_SEQUENCES = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_AROUND = string.digits + string.punctuation + string.whitespace


def weakness(password: str, *about: str) -> str | None:
    """Why a password is refused, as a key of the text catalogue; None when it is taken.

    `about` are words that others know of the person: e-mail, name. No rule asks for kinds of
    characters: they make passwords worse, not better (NIST SP 800-63B).
    """
    if len(password) < SHORTEST:
        return "password_too_short"
    if len(password) > LONGEST:
        return "password_too_long"
    lowered = password.lower()
    if len(set(lowered)) < _FEWEST_DIFFERENT or _is_sequence(lowered):
        return "password_too_common"
    stem = lowered.strip(_AROUND)
    known = {part for word in about for part in (word.lower(), word.lower().partition("@")[0])}
    return "password_too_common" if not stem or stem in _common_words() | known else None


def hashed(password: str) -> str:
    """The password as it is kept, with its parameters and a salt of its own."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password is the one kept; takes as long when none is kept."""
    compared = kept or _nobodys()
    try:
        with _AT_ONCE:
            return _HASHER.verify(compared, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the parameters have risen since."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """Verified when there is no such account, so that the answer takes as long."""
    return hashed("")


@cache
def _common_words() -> frozenset[str]:
    """What people put digits around; the Korean ones also as an English keyboard writes them."""
    text = files("boxoffice.accounts") / "common_words.txt"
    return frozenset(text.read_text("utf-8").split())


def _is_sequence(lowered: str) -> bool:
    return any(lowered in line * 2 or lowered[::-1] in line * 2 for line in _SEQUENCES)
