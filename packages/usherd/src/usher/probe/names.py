"""Names and certificates: does a name have an address, and how long is a certificate valid?"""

import asyncio
import socket
import time
from typing import Final

from usher.host.certificates import not_after
from usher.model.target import DnsTarget, Expiry, TlsTarget
from usher.probe.answer import Answer
from usher.probe.connection import Stopwatch

_DAY: Final = 86_400

CRITICAL: Final = 3.0
"""Days before its end from which a certificate is critical, not a warning (operations.md B.4)."""


async def ask_dns(target: DnsTarget, watch: Stopwatch) -> Answer:
    """Resolve the name as programs of this host do. The caller sets the deadline."""
    loop = asyncio.get_running_loop()
    try:
        with watch.phase("name"):
            found = await loop.getaddrinfo(target.name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "no name of a host"
        return Answer(ok=False, detail=f"cannot find {target.name}: {said}")
    addresses = sorted({str(address[0]) for *_, address in found})
    ok = not target.address or target.address in addresses
    expected = "" if ok else f", expected {target.address}"
    detail = f"{target.name} is {', '.join(addresses)}{expected}"
    return Answer(ok=ok, detail=detail, phases=watch.phases)


async def ask_tls(target: TlsTarget, timeout: float, watch: Stopwatch) -> Answer:
    """See the certificate that is shown at an address, at most `timeout` seconds."""
    return await asyncio.to_thread(_certificate, target, timeout, time.time(), watch)


def _certificate(target: TlsTarget, timeout: float, now: float, watch: Stopwatch) -> Answer:
    import ssl  # the daemon does without; this question has a process of its own

    host, _, port = target.address.rpartition(":")
    host = host.strip("[]")
    context = ssl.create_default_context()
    if not target.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        with watch.phase("connect"):
            plain = socket.create_connection((host, int(port)), timeout)
        with plain:
            with watch.phase("tls"):
                secure = context.wrap_socket(plain, server_hostname=host)
            with secure:
                encoded = secure.getpeercert(binary_form=True) or b""
    except ssl.SSLCertVerificationError as error:
        said = f"not trusted: {error.verify_message}"
        return Answer(ok=False, detail=said, phases=watch.phases, certificate="critical")
    except OSError as error:
        said = error.strerror or str(error)
        return Answer(ok=False, detail=f"cannot connect to {target.address}: {said}")
    try:
        left = (not_after(encoded) - now) / _DAY
    except (ValueError, IndexError):
        return Answer(ok=False, detail="it shows no certificate that can be read")
    ok = left >= target.days
    detail = f"expired {int(-left)} days ago" if left < 0 else f"valid for {int(left)} more days"
    if not ok and left >= 0:
        detail += f", expected {target.days:g}"
    level: Expiry = "" if ok else "critical" if left < CRITICAL else "warning"
    return Answer(ok=ok, detail=detail, phases=watch.phases, certificate=level)
