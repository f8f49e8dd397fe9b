"""Delivers one alert: a program of its own, run as a helper of the keeper.

Reads USHER_ALERT (what is told, as JSON) and USHER_CHANNEL (where, as JSON): both stay out of the
arguments, which every user of the host can see. Ends with 0 when it was accepted; otherwise it says
why in one line, without any part of the address, and ends with 1.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import re
import sys
import time
import urllib.error
import urllib.request
from typing import Protocol

TIMEOUT = 10.0

_SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix that Standard Webhooks gives to secrets)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An alert goes where it was configured to go, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class _Sender(Protocol):
    """What we use of apprise, whose own types are not complete."""

    def add(self, address: str, /) -> bool:
        """Take an address; False when its kind is not known."""
        ...

    def notify(self, *, body: str, title: str, body_format: str) -> object:
        """Send; false when it was not accepted."""
        ...


class _Last(logging.Handler):
    """Keeps the last warning: apprise says so why it failed."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Send it to an address that was checked (`webhook_fault`).

    Raises OSError (HTTPError for another status than 2xx) and what a broken answer makes
    http.client raise.
    """
    usual = {"Content-Type": "application/json", "User-Agent": "usher"}
    asked = urllib.request.Request(url, body, usual | headers)  # noqa: S310 (its scheme is checked)
    with urllib.request.build_opener(_NoRedirects).open(asked, timeout=TIMEOUT):
        pass


def signed(secret: str, message: str, at: int, body: bytes) -> dict[str, str]:
    """Build the headers of a signature as https://www.standardwebhooks.com defines it (v1)."""
    if secret.startswith(_SECRET_PREFIX):
        key = _decoded(secret.removeprefix(_SECRET_PREFIX))
    else:
        key = secret.encode()
    content = b"%s.%d.%s" % (message.encode(), at, body)
    digest = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{digest}",
    }


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except ValueError as error:
        what = f"its secret begins with {_SECRET_PREFIX}, and what follows is no base64"
        raise ValueError(what) from error


def notify(url: str, title: str, text: str) -> None:
    """Send it by apprise. Raises OSError with what apprise said."""
    last = _Last(logging.WARNING)
    logging.getLogger("apprise").addHandler(last)
    sender = _sender()
    if not sender.add(url):
        raise OSError("it is no address that apprise knows")
    if not sender.notify(body=text, title=title, body_format="text"):
        raise OSError(last.text or "it was not accepted")


def _sender() -> _Sender:
    import apprise  # 20 MiB, and only this way needs it

    return apprise.Apprise(asset=apprise.AppriseAsset(app_id="usher", secure_logging=True))


def without(address: str, secret: str, text: str) -> str:
    """Return one line in which no part of the address and no secret stands."""
    parts = [address, secret, *re.split(r"[^\w.%+~-]+", address)]
    for part in sorted({part for part in parts if len(part) >= 4}, key=len, reverse=True):
        text = text.replace(part, "***")
    return " ".join(text.split())


def main() -> int:
    """Deliver it and return the exit code."""
    body = os.environb[b"USHER_ALERT"]
    told, channel = json.loads(body), json.loads(os.environ["USHER_CHANNEL"])
    url, secret = channel["url"], channel["secret"]
    try:
        if channel["way"] == "apprise":
            notify(url, told["title"], told["text"])
        else:
            signature = signed(secret, told["message"], int(time.time()), body) if secret else {}
            post(url, body, signature)
    except Exception as error:  # noqa: BLE001 (a traceback would show the address)
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        code = f"status {error.code}: " if isinstance(error, urllib.error.HTTPError) else ""
        print(without(url, secret, f"{code}{reason}") or type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
