"""A proxy in front of us, in its own log (nginx)."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "upstream.refused_502",
        Severity.CRITICAL,
        Restart.AUTO,
        Rank.CONSEQUENCE,
        pattern=(
            r"connect\(\) [^\n]{0,200}?failed \(\d+: [^)\n]{1,40}\) while connecting to upstream"
            r"|http\.log\.error[^\n]{0,40}?\bdial (?:tcp|unix) |\bAH0095[79]: |\bAH01114: "
        ),
        place="error log of nginx, Caddy or Apache",
        cause="App not listening (down, wrong port, still starting)",
        collect="Upstream addr, listener on it?, app state",
        remedy="Start app / fix port",
        example="connect() failed (111: Connection refused) while connecting to upstream",
        benign="connect() to upstream took 3 ms",
    ),
    Signature(
        "upstream.host_not_found",
        Severity.CRITICAL,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern="host not found in upstream",
        place="nginx error.log",
        cause="The proxy does not start: a name in its configuration is not known",
        collect="`nginx -t`; whether the app's name resolves from the proxy",
        remedy="Correct the name, or start what has it first",
        example='nginx: [emerg] host not found in upstream "shop-api" in /etc/nginx/shop.conf:8',
        benign="upstream shop-api: 2 hosts found",
    ),
    Signature(
        "upstream.closed_502",
        Severity.ERROR,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"upstream prematurely closed connection|recv\(\) failed \(104",
        place="nginx error.log",
        cause="App crashed or restarted mid-request; keepalive race",
        collect="App exit within 1 s?",
        remedy="Correlate with exit",
        example=(
            "upstream prematurely closed connection while reading response header from upstream"
        ),
        benign="upstream closed the connection after keepalive of 60 s",
    ),
    Signature(
        "upstream.timeout_504",
        Severity.CRITICAL,
        Restart.AUTO,
        Rank.CONSEQUENCE,
        pattern=r"upstream timed out \(110",
        place="nginx error.log",
        cause="Hung app, slow DB",
        collect="Probe result, event-loop delay, DB activity",
        remedy="Capture stack then restart if probe also fails",
        example=(
            "upstream timed out (110: Connection timed out) while reading response header "
            "from upstream"
        ),
        benign="upstream answered in 29 s of 30 s",
    ),
    Signature(
        "upstream.none_live",
        Severity.CRITICAL,
        Restart.AUTO,
        Rank.CONSEQUENCE,
        pattern="no live upstreams|has no server available!",
        place="nginx error.log",
        cause="All peers marked failed",
        collect="Peer list",
        remedy="Restore one",
        example="no live upstreams while connecting to upstream",
        benign="2 live upstreams of 2",
    ),
    Signature(
        "upstream.body_too_large",
        Severity.INFO,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern="client intended to send too large body",
        place="nginx error.log",
        cause="413",
        collect="Limit",
        remedy="Raise limit",
        example="client intended to send too large body: 3000 bytes",
        benign="client sent a body of 3000 bytes",
    ),
    Signature(
        "upstream.header_too_big",
        Severity.ERROR,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern="upstream sent too big header",
        place="nginx error.log",
        cause="502 on big cookies",
        collect="Header size",
        remedy="Raise buffers",
        example="upstream sent too big header while reading response header from upstream",
        benign="upstream sent a header of 3000 bytes",
        provoked=False,
    ),
    Signature(
        "upstream.status",
        Severity.ERROR,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=(
            r'"\s(?:502|503|504)\s\d+|HTTP/\d(?:\.\d)?"? (?:502|503|504)\b'
            r"|\bstatus=(?:502|503|504)\b"
        ),
        place="access log",
        cause="See matching error.log entry",
        collect="Rate, paths",
        remedy="Correlate",
        example='10.0.0.9 - - [21/Nov/2026:10:00:00 +0900] "GET /hang HTTP/1.1" 504 167',
        benign='10.0.0.9 - - [21/Nov/2026:10:00:00 +0900] "GET /orders/502 HTTP/1.1" 200 167',
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
