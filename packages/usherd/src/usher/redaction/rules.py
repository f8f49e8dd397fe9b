r"""The sixteen classes of secrets that are told by their surroundings (operations.md C.2).

Every quantifier is bounded, and none stands before the first literal of its pattern: a line of
16 KiB that was made to hurt costs milliseconds. The group `secret` is what is taken out; what
stands around it stays, so that a line keeps its shape.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from usher.redaction.names import is_marked

Accept = Callable[[str, str], bool]
"""(what stands before the secret in the match, the secret) -> whether it is one."""


class Rule(NamedTuple):
    """One class. It is tried only where one of its `keywords` (lower case) occurs."""

    name: str
    keywords: tuple[str, ...]
    expression: str
    accept: Accept

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled when it is first needed: most commands need none."""
        return _compiled(self.expression)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


_WORDS: Final = re.compile(
    r"""true|false|yes|no|on|off|null|none|nil|undefined|empty|missing|required|optional|invalid
    |expire[sd]|unexpected|wrong|incorrect|malformed|mismatch|failed|failure|rejected|revoked
    |changed|updated|reset|not|is|was|are|must|should|cannot|can|too|has|have|with|from|for|the|a|an
    |in|of|to|and|or|string|number|boolean|object|ok|valid|unset|unknown|default|hidden|masked
    |filtered|omitted|set|bearer|basic|digest|authentication|auth|error
    |설정|없음|누락|필수|만료|오류|실패|필요""",
    re.IGNORECASE | re.VERBOSE,
)
"""Values that say something about a secret and are none."""

_NUMBER: Final = re.compile(r"\d{1,3}|0x[\da-f]{1,4}", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"<[^>]{0,60}>?|\$\{?[A-Za-z_]\w{0,60}\}?|%\(?[a-z]\w{0,20}\)?s?|\*+"
)
_PORT: Final = re.compile(r"\d{1,5}(?:/[^@]*)?|port", re.IGNORECASE)


def _secret(before: str, secret: str) -> bool:
    """Accept what is neither masked already, nor a word about a secret, nor a placeholder."""
    bare = secret.strip("\"'\\.,:;!)")
    if not bare or is_marked(secret) or _WORDS.fullmatch(bare):
        return False
    if _NUMBER.fullmatch(bare) or _PLACEHOLDER.fullmatch(bare):
        return False
    # PWD is the folder of a shell, and a password only under longer names.
    return not (secret.startswith("/") and "pwd" in before.lower()[-16:])


def _anything(before: str, secret: str) -> bool:
    del before
    return not is_marked(secret)


def _no_port(before: str, secret: str) -> bool:
    """A web address may have an @ behind its port; a database's name and password may not."""
    web = before.lower().startswith(("http", "ws"))
    return _anything(before, secret) and not (web and re.match(r"\d{1,5}[/?#]", secret))


def _cut(before: str, secret: str) -> bool:
    """A port is none, nor is one that Markdown quotes."""
    return _secret(before, secret) and _PORT.fullmatch(secret.rstrip("`")) is None


def _credential(before: str, secret: str) -> bool:
    """Accept what no word of prose looks like: digits in it, or long."""
    return _secret(before, secret) and (len(secret) >= 24 or any(map(str.isdigit, secret)))


def _no_ids(before: str, secret: str) -> bool:
    """`-u 1000:1000` is a user and a group."""
    return _secret(before, secret) and not secret.isdecimal()


def _rule(name: str, keywords: str, pattern: str, accept: Accept = _secret) -> Rule:
    return Rule(name, tuple(keywords.split()), pattern, accept)


_SCHEME: Final = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}://"

_ABOUT: Final = (
    r"(?![_-]?(?:file|path|ttl|type|expir|length|len|min|max|name|count|url|policy|field|age\b|dir"
    r"|ref|arn|store|manager|version|algo|issuer|audience|changed|updated|required|rotation"
    r"|strength|rounds|prefix|header|limit|budget|usage|at\b))"
)
"""Behind a name: it says something about the secret and is not it (DB_PASSWORD_FILE)."""

_KEY: Final = (
    r"(?:passw(?:or)?d|passwd|passphrase|(?<![a-z])pass(?![a-z])|(?<=db)pass(?![a-z])"
    r"|(?-i:(?<=[a-z])Pass(?![a-z]))|pwd|secret(?!ar)|(?<!unexpected )token(?!s|i[sz])|credential"
    r"|api[_ -]?key|access[_-]?key|private[_-]?key|auth[_-]?key|account[_-]?key"
    r"|(?:encryption|signing|session|cookie|master|service|stripe|sendgrid|gemini|google|openai"
    r"|aws|jwt|hmac|aes|app|webhook|maps|server|client|storage|license|secret)_key"
    r"|(?<![a-z])(?:sid|sessionid|session_id|jwt|otp|salt)(?![a-z])"
    r"|비밀번호|암호|패스워드|토큰|비밀키|인증키|시크릿)"
)

_VALUE: Final = (
    r"(?:\\\"(?P<c>(?:\\\\(?:\\.|.)|\\[^\"\\]|[^\"\\]){1,2048})"
    r"|\"(?P<a>(?:\\.|[^\"\\]){1,2048})|'(?P<b>(?:\\.|[^'\\]){1,2048})"
    r"|(?P<secret>[^\s,;&(){}\"'][^\s,;&)}\"']{0,2047}))"
)

RULES: Final = (
    _rule(
        "pem",
        "private",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
        r"(?P<secret>(?:(?!-----)[\s\S]){1,16384})",
        lambda before, secret: _anything(before, secret.strip()) and bool(secret.strip()),
    ),
    _rule(
        "url-password",
        "://",
        _SCHEME + r"[^\s:/@?#\"'<>]{0,128}:"
        r"(?P<secret>(?:[^\s\"'<>]|'(?![,\s:}\])])|\\[\"']){1,1024})@(?=[\w.\[%-])",
        _no_port,
    ),
    _rule(
        "url-password-cut",
        "://",
        _SCHEME + r"[^\s:/@?#\"'<>]{1,128}:(?P<secret>[^\s\"'<>@]{1,1024}?)"
        r"(?=@?(?:\.{2,3}(?:\s|$)|…|[\"']?$|[\"'][,\s}\])]))",
        _cut,
    ),
    _rule(
        "authorization",
        "authorization",
        r"authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?"
        r"(?:(?:basic|bearer|digest|token|negotiate|apikey|aws4-hmac-sha256)\s{1,3})?"
        r"(?P<secret>[^\s\"'\\,;]{3,4096})",
    ),
    _rule("bearer", "bearer", r"\bbearer\s{1,3}(?P<secret>[\w.~+/=-]{8,4096})", _credential),
    _rule("jwt", "eyj", r"(?<![\w-])(?P<secret>(?-i:eyJ)[\w-]{8,8192}(?:\.[\w-]{0,8192}){0,2})"),
    _rule(
        "token",
        "sk- sk_ pk_ rk_ ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ glpat- xox npm_ hf_ akia asia aiza "
        "sg. ya29. dop_v1_ pypi- shpat_ whsec_ gocspx- hvs. tskey- dckr_pat_ sntrys_",
        r"(?<![\w-])(?P<secret>(?:(?:sk|pk|rk)[-_](?:live_|test_|proj-|ant-)?[\w-]{16,256}"
        r"|gh[pousr]_\w{16,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|xox[abeprs]-[\w-]{10,255}"
        r"|npm_\w{20,64}|hf_\w{20,64}|(?-i:AKIA|ASIA)[A-Z0-9]{12,20}|(?-i:AIza)[\w-]{20,64}"
        r"|SG\.[\w-]{16,64}\.[\w-]{16,64}|ya29\.[\w-]{20,512}|dop_v1_\w{32,64}|pypi-[\w-]{32,255}"
        r"|shpat_\w{20,64}|whsec_[\w+/=]{16,255}|GOCSPX-[\w-]{16,64}|hvs\.[\w-]{16,255}"
        r"|tskey-[\w-]{16,128}|dckr_pat_[\w-]{16,64}|sntrys_[\w+/=-]{20,512}))",
        _credential,
    ),
    _rule(
        "webhook",
        "hooks webhook telegram",
        r"(?:hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/"
        r"|hooks\.zapier\.com/hooks/catch/|webhook\.office\.com/webhookb2/|api\.telegram\.org/bot"
        r"|outlook\.office\.com/webhook/)(?P<secret>[^\s\"'<>?#]{8,512})",
        _anything,
    ),
    _rule(
        "query",
        "= ",
        r"[?&](?:[\w.-]{1,24}[_.-])?(?:access_?token|refresh_?token|id_?token|token|api_?key"
        r"|key|secret|password|passwd|pwd|pass|sig|signature|auth|session|session_?id|sid|jwt|otp"
        r"|credential|x-amz-signature|x-amz-credential|csrf|client_?secret)="
        r"(?P<secret>[^&\s\"'#<>]{1,2048})",
    ),
    _rule(
        "cookie",
        "cookie",
        r"cookie2?\\?[\"']?\s{0,3}[:=]\s{0,3}\[?\s{0,2}\\?[\"']?[^\s=;\"']{1,128}="
        r"(?P<secret>[^\r\n\"']{1,4096})",
    ),
    _rule(
        "user",
        "-u --user",
        r"(?:^|[\s\"'])(?:-u|--user)[\"',=\s]{0,4}[^\s:\"',=-][^\s:\"']{0,127}:"
        r"(?P<secret>[^\s\"']{1,512})",
        _no_ids,
    ),
    _rule(
        "mysql-password",
        "mysql mariadb",
        r"(?:mysql|mariadb)\w{0,12}(?:-\w{1,12})?(?:[\"',]{0,3}[ \t][^\s|;&]{1,128}){0,12}?"
        r"[\"',]{0,3}[ \t]{1,3}[\"']?(?-i:-p)(?!ort\b|rotocol\b)"
        r"(?P<secret>[^\s\"'-][^\s\"']{0,255})",
    ),
    _rule(
        "flag",
        "--pass --pwd --token --secret -key --api --db --auth --client --access --private sshpass "
        "redis-cli -password -token -secret",
        r"(?:(?:^|[\s\"'\[])--?(?:[a-z0-9]{1,20}[-_]){0,4}"
        r"(?:password|passwd|pwd|pass|passphrase|token|secret|api-?key|access-?key|private-?key"
        r"|secret-?key)[\"']?(?:=|,?\s{1,3})|sshpass\s{1,3}-p\s{0,3}"
        r"|redis-cli(?:\s[^\s|;&]{1,64}){0,8}?\s-a\s{1,3})[\"']?(?P<secret>[^\s\"'-][^\s\"']{0,511})",
    ),
    _rule(
        "connection-string",
        "password= pwd= accountkey= sharedaccesskey= pwd password accountkey",
        r"(?:^|[;\s\"'])(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)"
        r"\s{0,3}=\s{0,3}(?P<secret>[^;\"'\r\n]{1,256})(?=;)",
    ),
    _rule(
        "header",
        "x-",
        r"(?<![a-z])x-(?:[a-z0-9]{1,20}-){0,4}(?:key|token|secret|auth|signature)\\?[\"']?"
        r"\s{0,3}[:=,]\s{0,3}\\?[\"']?(?P<secret>[^\s\"',;\\]{1,2048})",
    ),
    _rule(
        "value",
        "pass pwd secret token credential key sid session jwt otp salt 비밀 암호 패스워드 토큰 "
        "인증키 시크릿",
        _KEY + _ABOUT + r"[\w.\]-]{0,24}\\?[\"']?\s{0,3}(?:=>|:=|[:=])\s{0,3}" + _VALUE,
    ),
)
"""All classes, in the order in which they are tried."""


_KEYWORDS: Final = tuple(dict.fromkeys(each for rule in RULES for each in rule.keywords))


def concerns_any(lower: str) -> bool:
    """Whether a keyword of any class occurs in this text, which is in lower case."""
    return any(map(lower.__contains__, _KEYWORDS))
