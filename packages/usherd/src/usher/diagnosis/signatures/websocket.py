"""WebSocket connections, by close code."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature


def _closed_with(codes: str) -> str:
    """A socket that closed with one of `codes`; the number alone may count anything."""
    return (
        r"(?:[Ww]eb ?[Ss]ocket|\bws\b)[^\n]{0,40}?\b(?:clos\w{1,20}|code|with|sent|received)"
        rf"[^\n]{{0,20}}?\b{codes}\b|\bclosed?(?: with)?(?: code)?[ :=(]{{1,3}}{codes}\b"
    )


SIGNATURES: Final = (
    Signature(
        "ws.abnormal_1006",
        Severity.ERROR,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=_closed_with("1006"),
        place="client log",
        cause="No close frame: process killed/crashed, proxy cut, network",
        collect="Server exit at same time? proxy idle timeout? ping interval",
        remedy="Keepalive; graceful 1001/1012 at restart",
        example="WebSocket closed with code 1006",
        benign="closed 3 tickets, code 1006 items",
    ),
    Signature(
        "ws.policy_1008",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=_closed_with("1008"),
        place="client log",
        cause="Server refused: missing/unknown session, auth",
        collect="Reason text, session store lost by restart?",
        remedy="Client re-creates session",
        example="WebSocket closed: 1008 sessionId required",
        benign="order 1008 closed by user 3",
    ),
    Signature(
        "ws.too_big_1009",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=_closed_with("1009") + "|Max payload size exceeded",
        place="log",
        cause="Frame above maxPayload",
        collect="Size",
        remedy="Limit/chunk",
        example="WebSocket closed with code 1009",
        benign="article code A-1009 added",
    ),
    Signature(
        "ws.server_error_1011",
        Severity.ERROR,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=_closed_with("1011"),
        place="log",
        cause="Handler threw",
        collect="Stack",
        remedy="Code fix",
        example="WebSocket closed: 1011 internal error",
        benign="room 1011 closed for cleaning",
    ),
    Signature(
        "ws.restart_1012",
        Severity.INFO,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=_closed_with("(?:1001|1012|1013)"),
        place="log",
        cause="Planned restart/overload",
        collect="Deploy in progress?",
        remedy="Reconnect with backoff",
        example="WebSocket closed with code 1012",
        benign="ticket 1012 closed, see 1013",
    ),
    Signature(
        "ws.bad_frame_1007",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=_closed_with("(?:1002|1007)") + "|Invalid WebSocket frame",
        place="log",
        cause="Protocol error",
        collect="Client version",
        remedy="Client fix",
        example="Invalid WebSocket frame: invalid UTF-8 sequence",
        benign="invoice 1007 closed the books of May",
    ),
    Signature(
        "ws.handshake_status",
        Severity.ERROR,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=(
            r"Unexpected (?:server response|response code): \d{3}|No route found for path '"
            "|did not receive a valid HTTP response"
            r"|invalid HTTP status|server rejected WebSocket connection: HTTP \d{3}"
        ),
        place="client log",
        cause="Upgrade not proxied, wrong path, app down behind proxy",
        collect="Status, proxy Upgrade headers, path",
        remedy="Fix proxy/path",
        example="Unexpected server response: 502",
        benign="server response: 101, upgrade done",
    ),
    Signature(
        "ws.heartbeat_lost",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=r"heartbeat timeout|keepalive ping timeout|\bping timeout\b",
        place="server log",
        cause="Client gone or loop blocked",
        collect="Rate across clients; loop delay",
        remedy="If all at once: loop block",
        example=(
            "websockets.exceptions.ConnectionClosedError: sent 1011 keepalive ping timeout;"
            " no close frame received"
        ),
        benign="heartbeat every 30 s, last 2 s ago",
        provoked=False,
    ),
    Signature(
        "ws.send_closed",
        Severity.WARNING,
        Restart.NO,
        Rank.CONSEQUENCE,
        pattern=(
            "WebSocket NOT OPEN|WebSocket is not open"
            r"|[Ww]eb[Ss]ocket[^\n]{0,40}readyState[=: ]+[23]\b"
            r"|readyState[=: ]+[23]\b[^\n]{0,30}cannot send|Still in CONNECTING state"
        ),
        place="server log",
        cause="Result ready after client left",
        collect="Duration of work",
        remedy="Keepalive/persist result",
        example="WebSocket NOT OPEN (readyState=3) - cannot send",
        benign="the shop is not open yet: opens at 9",
        provoked=False,
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
