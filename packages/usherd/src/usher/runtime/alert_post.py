"""POST one alert: `alert_post.py URL`, the alert as JSON in USHER_ALERT; run as a helper.

Ends with 0 when the answer's status is 2xx; otherwise it says why in one line and ends with 1.
"""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT = 10.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An alert goes where it was configured to go, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def post(url: str, body: bytes) -> None:
    """Send it. Raises OSError (HTTPError for another status than 2xx), ValueError for no URL."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("it is no http or https URL")
    asked = urllib.request.Request(  # noqa: S310 (the scheme is checked above)
        url, body, {"Content-Type": "application/json", "User-Agent": "usher"}
    )
    with urllib.request.build_opener(_NoRedirects).open(asked, timeout=TIMEOUT):
        pass


if __name__ == "__main__":
    try:
        post(sys.argv[1], os.environb[b"USHER_ALERT"])
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        print(f"cannot post: {reason}")
        sys.exit(1)
