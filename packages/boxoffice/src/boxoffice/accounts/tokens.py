"""Secrets that stand for a person: session ids, API tokens, codes to choose a password."""

import hashlib
import secrets

API_PREFIX = "bxo_"
"""Lets people and scanners see what they found."""


def random_text() -> str:
    """256 random bits as text that travels in headers and addresses."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token. Unsalted and fast: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
