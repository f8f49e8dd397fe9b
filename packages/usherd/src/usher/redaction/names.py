"""Which values of an environment may be shown (design 2.6.5): decided by name, then by look.

Closed when in doubt: a harmless value that looks like a key is masked, and `usher env` reveals it
to its owner. A secret under a harmless name that looks like a word cannot be told from one.
"""

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "***"

_PLAIN: Final = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY", "PATH", "NODE_ENV"})
"""Names that only look secret, or whose values are long and never are."""

_NAMES: Final = re.compile(
    r"""secret|passw|passphrase|pwd|token|credential|private|bearer|cookie|session|signature
    |webhook|salt|auth|jwt|otp|dsn|pgpass|keytab|crypt
    |(?:^|_|-)pass(?:$|_|-)|(?:^|_)key(?:$|_|s$)|api_?key|access_?key
    |(?:database|db|redis|mongo\w*|postgres\w*|mysql|amqp|rabbit\w*|broker)_?ur[il]|conn\w*_?str""",
    re.IGNORECASE | re.VERBOSE,
)

_VALUES: Final = re.compile(
    r"""[a-z][a-z0-9+.-]{0,30}://[^/\s@]{0,512}@                        # user in a URL
    |-----BEGIN                                                        # PEM
    |\beyJ[\w-]{8}                                                     # JSON web token
    |\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abprs]|npm|hf)[-_][\w-]{8}    # tokens of known services
    |\bAKIA[0-9A-Z]{12}
    |\b(?:pass(?:word|wd)?|secret|token|api_?key)\s{0,3}[=:]           # key=value inside
    |\bBearer\s""",
    re.IGNORECASE | re.VERBOSE,
)

_TOKEN: Final = re.compile(r"(?=[^A-Za-z]*[A-Za-z])(?=\D*\d)[A-Za-z0-9+/=_-]{20,}")
"""At least 20 characters without a space or a dot, letters and digits mixed."""


def shown(name: str, value: str) -> str:
    """Return the value, or MASK where it is or may be a secret."""
    if name in _PLAIN or value == "":
        return value
    looked_at = value[:4096]
    secret = _NAMES.search(name) or _VALUES.search(looked_at) or _is_token(looked_at)
    return MASK if secret else value


def masked(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that may be shown, in the order of its names."""
    return {name: shown(name, env[name]) for name in sorted(env)}


def is_marked(value: str) -> bool:
    """Tell a value that was masked or redacted already."""
    return value.startswith((MASK, "[redacted:"))


def _is_token(value: str) -> bool:
    # A path of several parts is no token, although every character of it could be one.
    return _TOKEN.fullmatch(value) is not None and not value.startswith("/")
