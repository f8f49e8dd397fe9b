"""The route table: every call of the HTTP interface, as data.

The daemon maps `name` to a handler, usher.api.openapi turns the table into a document, and tests
hold the client against it.
"""

from typing import Any, Final, Literal, NamedTuple

from usher.api.alerts import (
    Acknowledge,
    AlertStatus,
    MuteAlerts,
    TriedChannels,
    TryChannels,
)
from usher.api.incidents import IncidentAct, IncidentList, PreventionPlan
from usher.api.metrics import SeriesList
from usher.api.types import (
    Apply,
    AuditLog,
    Drift,
    ForgetGuard,
    Frame,
    Names,
    Pong,
    Report,
    Reveal,
    Revealed,
    RoleStatus,
    Say,
    Scale,
    SendSignal,
    ServiceList,
    ServiceStatus,
    SetRole,
    Undo,
    UndoPreview,
    Update,
    Verification,
    VersionList,
    WriteLine,
)


class Route(NamedTuple):
    """One call. `path` may hold {name} parts; `query` maps a parameter to what it means."""

    method: Literal["GET", "POST"]
    path: str
    name: str
    summary: str
    query: dict[str, str]
    body: type[Any] | None
    answer: Any
    """Type of the JSON answer, of each line when `stream`; str stands for plain text."""
    stream: bool = False


def _get(path: str, name: str, summary: str, answer: Any, /, **query: str) -> Route:
    return Route("GET", path, name, summary, query, None, answer)


def _follow(path: str, name: str, summary: str, **query: str) -> Route:
    return Route("GET", path, name, summary, query, None, Frame, stream=True)


def _act(path: str, name: str, summary: str, body: type[Any] | None = Names) -> Route:
    return Route("POST", path, name, summary, {}, body, Frame, stream=True)


ROUTES: Final = (
    _get("/v1/ping", "ping", "Say who answers: daemon and keeper with pid and uptime.", Pong),
    _get(
        "/v1/services",
        "services",
        "List services with their instances.",
        ServiceList,
        names="comma-separated names; all when missing",
    ),
    _get("/v1/services/{name}", "service", "Describe one service.", ServiceStatus),
    _get(
        "/v1/list.txt",
        "list",
        "The list as a table for a terminal.",
        str,
        columns="width to fit, 80 when missing",
        color="1 for ANSI colours",
    ),
    _get("/v1/jlist", "jlist", "List instances in the shape of PM2's jlist.", list[dict[str, Any]]),
    _get(
        "/v1/pm2/{view}",
        "pm2",
        "PM2's outputs as text: jlist, prettylist, list, mini, pids, ids or env.",
        str,
        of="of which name (pids, ids) or id (env); all when missing",
        columns="width of the table, 240 when missing",
        color="1 for ANSI colours",
        sort="field:asc or field:desc; by name when missing",
    ),
    _get("/v1/drift", "drift", "Compare what runs on this host with what should.", Drift),
    _act("/v1/apply", "apply", "Add or change definitions and start some of them.", Apply),
    _act("/v1/start", "start", "Want services up, and what they need."),
    _act("/v1/stop", "stop", "Want services and their dependents down."),
    _act("/v1/restart", "restart", "Replace the instances of services one after the other."),
    _act("/v1/reload", "reload", "Replace services by a new generation, once that is proved."),
    _act("/v1/scale", "scale", "Change how many instances a service has.", Scale),
    _act("/v1/delete", "delete", "Stop services and forget them."),
    _act("/v1/reset", "reset", "Clear failures, holds and counters of services."),
    _follow(
        "/v1/jobs/{job}",
        "job",
        "How a request goes on that was sent with this Idempotency-Key.",
        since="only events after this sequence number",
        timeout="seconds until the report says timeout; as long as it takes when missing",
    ),
    _follow(
        "/v1/events",
        "events",
        "What happened, oldest first, and what happens from now on.",
        since="only events after this sequence number",
        lines="only the last so many; all that are kept when 0",
        follow="1 to go on with what happens",
        service="only events of this service",
    ),
    _follow(
        "/v1/logs",
        "logs",
        "What services printed, merged by time, and what they print from now on.",
        services="comma-separated selectors; all when missing",
        lines="the last lines of each file; when missing 15, with `since` all",
        since="only what was printed from then on, in seconds since 1970",
        until="only what was printed until then",
        follow="1 to go on with new lines",
        streams="out, err or both, comma-separated",
    ),
    Route("POST", "/v1/flush", "flush", "Empty the log files of services.", {}, Names, Report),
    Route(
        "POST",
        "/v1/reload-logs",
        "reload_logs",
        "Open every log file anew at its path: something else has rotated them.",
        {},
        None,
        Report,
    ),
    _get(
        "/v1/role",
        "role",
        "Say which role this host has, and by which evidence.",
        RoleStatus,
        folder="with the guard files of this folder and those around it",
    ),
    Route("POST", "/v1/role", "role_set", "Pin the role of this host.", {}, SetRole, Report),
    Route(
        "POST",
        "/v1/role/forget",
        "role_forget",
        "Miss a guard file no more that is gone.",
        {},
        ForgetGuard,
        Report,
    ),
    _get(
        "/v1/audit",
        "audit",
        "Who asked for what, from where, and how it ended.",
        AuditLog,
        at="what held at this time, in seconds since 1970",
        lines="only the last so many lines; 100 when missing",
    ),
    Route(
        "GET",
        "/v1/wait",
        "wait",
        "Wait until services are in a state; the last line is a report.",
        {
            "services": "comma-separated names, or all",
            "for": "ready or stopped",
            "timeout": "seconds, 60 when missing",
        },
        None,
        Frame,
        stream=True,
    ),
    Route("POST", "/v1/save", "save", "Keep the present list for resurrect.", {}, None, Report),
    _act("/v1/resurrect", "resurrect", "Bring back the saved list.", None),
    Route(
        "POST",
        "/v1/signal",
        "signal",
        "Send a signal to the processes of services.",
        {},
        SendSignal,
        Report,
    ),
    Route(
        "POST",
        "/v1/say",
        "say",
        "Say something to the programs of services over their Node channels.",
        {},
        Say,
        Report,
    ),
    Route(
        "POST",
        "/v1/write",
        "write",
        "Write a line to the standard input of services' programs.",
        {},
        WriteLine,
        Report,
    ),
    Route(
        "POST",
        "/v1/reveal",
        "reveal",
        "The value of one variable of a service; an event says who asked.",
        {},
        Reveal,
        Revealed,
    ),
    _get(
        "/v1/verify",
        "verify",
        "Prove that services work: alive, port, HTTP, database with their credentials, log.",
        Verification,
        services="comma-separated names, or all",
    ),
    _act("/v1/kill", "kill", "Stop every service, then end daemon and keeper.", None),
    _get("/v1/incidents", "incidents", "What went wrong; newest first.", IncidentList),
    Route(
        "POST",
        "/v1/incidents/act",
        "incident_act",
        "Look after an incident, write a measure against it down or finish one, close its report.",
        {},
        IncidentAct,
        Report,
    ),
    _get(
        "/v1/prevention",
        "prevention",
        "Settings that would have kept an incident away, or shortened it.",
        PreventionPlan,
        incident="its id",
    ),
    _get("/v1/alerts", "alerts", "What people were told of, and by which channels.", AlertStatus),
    Route(
        "POST",
        "/v1/alerts/mute",
        "alerts_mute",
        "Tell nothing of a service, or of any, for a while; or tell again.",
        {},
        MuteAlerts,
        Report,
    ),
    Route(
        "POST",
        "/v1/alerts/ack",
        "alerts_ack",
        "Somebody looks after an alert: no more reminders.",
        {},
        Acknowledge,
        Report,
    ),
    Route(
        "POST",
        "/v1/alerts/test",
        "alerts_test",
        "Send a test to channels, and say for each what came of it.",
        {},
        TryChannels,
        TriedChannels,
    ),
    _get(
        "/v1/metrics",
        "metrics",
        "What is measured and counted, as text of OpenMetrics.",
        str,
        format="json for a MetricList",
    ),
    _get(
        "/v1/series",
        "series",
        "What was measured of services in the last 24 hours, step by step.",
        SeriesList,
        names="comma-separated names; all when missing",
        since="only steps from then on, in seconds since 1970",
        until="only steps until then",
    ),
    _get("/v1/history", "history", "Who changed what when; newest first.", VersionList),
    _get(
        "/v1/undo",
        "undo_preview",
        "What going back to a version would change.",
        UndoPreview,
        version="its number; the one before the present one when missing",
    ),
    _act("/v1/undo", "undo", "Make it exactly as it was in a version.", Undo),
    Route(
        "POST",
        "/v1/update",
        "update",
        "Run new code in keeper and daemon; no service is touched.",
        {},
        Update,
        Report,
    ),
    _get("/v1/openapi.json", "openapi", "This table as an OpenAPI document.", dict[str, Any]),
)
