"""The typed client: one method a route of usher.api.routes. No state; a connection a call."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from usher.api.alerts import (
    Acknowledge,
    AlertStatus,
    MuteAlerts,
    TriedChannel,
    TriedChannels,
    TryChannels,
)
from usher.api.incidents import IncidentAct, IncidentList, PreventionPlan
from usher.api.metrics import InstanceSeries, Metric, MetricList, SeriesList
from usher.api.types import (
    Apply,
    AuditLog,
    Drift,
    EventRecord,
    Forced,
    ForgetGuard,
    Frame,
    LogLine,
    Names,
    Pong,
    Problem,
    Redefined,
    RemoteStatus,
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
    VersionRecord,
    WriteLine,
)
from usher.client import log_filter, transport
from usher.client.errors import LostError, NotRunningError, ProblemError
from usher.client.home import usher_home
from usher.client.pursuit import PAUSE, Pursuit, ended_early
from usher.client.silence import Doubt, ask_keeper, nobody
from usher.keeper.paths import socket_path
from usher.model.care import Act
from usher.model.incident import Incident
from usher.model.spec import Plan

AnswerT = TypeVar("AnswerT")

Scope: TypeAlias = Literal["process", "group"]

NOTHING_FORCED: Final = Forced()

Slots: TypeAlias = Mapping[str, Sequence[int]]
"""Of a service, the instances that are meant; services that are not in it are meant whole."""


def connect(home: str | None = None) -> "Client":
    """Return a client for a home (default: $USHER_HOME, else ~/.usher); nothing is started."""
    folder = usher_home(home)
    return Client(socket_path(str(folder), "usher.sock"), partial(ask_keeper, folder))


class Client:
    """Calls the daemon that listens at a socket.

    Every method raises NotRunningError, LostError, SilentError, or ProblemError with the daemon's
    own words. Methods that change something yield frames: events while it happens, and last a
    report.
    """

    def __init__(self, path: str, doubt: Doubt = nobody) -> None:
        """Nothing is connected before the first call; `doubt` is called while nothing is heard."""
        self.path = path
        self.doubt = doubt

    def ping(self) -> Pong:
        """Return who answers."""
        return self._get("/v1/ping", Pong)

    def services(self, names: Sequence[str] = ()) -> list[ServiceStatus]:
        """Return the named services, or all."""
        query = {"names": ",".join(names)} if names else {}
        return self._get(_target("/v1/services", query), ServiceList).services

    def overview(self, names: Sequence[str] = ()) -> ServiceList:
        """Return the named services and remotes, or all."""
        query = {"names": ",".join(names)} if names else {}
        return self._get(_target("/v1/services", query), ServiceList)

    def remotes(self, names: Sequence[str] = ()) -> list[RemoteStatus]:
        """Return the named remotes, or all."""
        query = {"names": ",".join(names)} if names else {}
        return self._get(_target("/v1/services", query), ServiceList).remotes

    def drift(self) -> Drift:
        """Compare what runs on the host with what should."""
        return self._get("/v1/drift", Drift)

    def service(self, name: str) -> ServiceStatus:
        """Return one service."""
        return self._get(f"/v1/services/{quote(name, safe='')}", ServiceStatus)

    def listing(self, *, columns: int, color: bool) -> str:
        """Return the list as a table for a terminal of this width."""
        query = {"columns": str(columns), "color": str(int(color))}
        return self._read("GET", _target("/v1/list.txt", query)).decode()

    def jlist(self) -> bytes:
        """Return the list as JSON in PM2's shape."""
        return self._read("GET", "/v1/jlist")

    def pm2_view(self, view: str, query: dict[str, str]) -> str:
        """Return one of PM2's outputs as text (see the route for views and query)."""
        return self._read("GET", _target(f"/v1/pm2/{quote(view, safe='')}", query)).decode()

    def apply(
        self,
        plan: Plan,
        start: Sequence[str],
        *,
        restart: Sequence[str] = (),
        reload: Sequence[str] = (),
        keep_env: bool = False,
        wait: bool = True,
        timeout: float | None = None,
        forced: Forced = NOTHING_FORCED,
    ) -> Iterator[Frame]:
        """Add or change definitions; start, restart or reload these names, changed or not."""
        body = Apply(
            plan=msgspec.Raw(msgspec.json.encode(plan)),
            start=[*start],
            restart=[*restart],
            reload=[*reload],
            keep_env=keep_env,
            wait=wait,
            timeout=timeout,
            **_fields(forced),
        )
        return self._act("/v1/apply", body)

    def start(
        self,
        names: Sequence[str],
        *,
        wait: bool = True,
        timeout: float | None = None,
        forced: Forced = NOTHING_FORCED,
    ) -> Iterator[Frame]:
        """Want services up, and what they need."""
        body = Names(services=[*names], wait=wait, timeout=timeout, **_fields(forced))
        return self._act("/v1/start", body)

    def stop(
        self,
        names: Sequence[str],
        *,
        slots: Slots | None = None,
        toggle_watch: bool = False,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Iterator[Frame]:
        """Want services (of those in `slots`, only these instances) and dependents down.

        `toggle_watch`: no longer restart them when files change, also after the next start.
        """
        body = Names(
            services=[*names],
            slots=_lists(slots),
            toggle_watch=toggle_watch,
            wait=wait,
            timeout=timeout,
        )
        return self._act("/v1/stop", body)

    def restart(
        self,
        names: Sequence[str],
        *,
        slots: Slots | None = None,
        env: Mapping[str, str] | None = None,
        toggle_watch: bool = False,
        changes: Mapping[str, Redefined] | None = None,
        wait: bool = True,
        timeout: float | None = None,
        forced: Forced = NOTHING_FORCED,
    ) -> Iterator[Frame]:
        """Replace the instances of services one after the other.

        `slots`: only these instances of a service. `env`: variables to take over anew.
        `toggle_watch`: begin or end to restart them when files change. `changes`: parts of their
        definitions that are others from now on.
        """
        body = Names(
            services=[*names],
            slots=_lists(slots),
            env=None if env is None else {**env},
            toggle_watch=toggle_watch,
            changes={**(changes or {})},
            wait=wait,
            timeout=timeout,
            **_fields(forced),
        )
        return self._act("/v1/restart", body)

    def reload(
        self,
        names: Sequence[str],
        *,
        slots: Slots | None = None,
        env: Mapping[str, str] | None = None,
        changes: Mapping[str, Redefined] | None = None,
        in_place: bool = False,
        wait: bool = True,
        timeout: float | None = None,
        forced: Forced = NOTHING_FORCED,
    ) -> Iterator[Frame]:
        """Replace services by a new generation beside the old one, once that is proved.

        `slots`: only these instances of a service. `env`: variables to take over anew.
        """
        body = Names(
            services=[*names],
            slots=_lists(slots),
            env=None if env is None else {**env},
            changes={**(changes or {})},
            in_place=in_place,
            wait=wait,
            timeout=timeout,
            **_fields(forced),
        )
        return self._act("/v1/reload", body)

    def scale(
        self,
        service: str,
        instances: str,
        *,
        wait: bool = True,
        timeout: float | None = None,
        forced: Forced = NOTHING_FORCED,
    ) -> Iterator[Frame]:
        """Have this many instances ("4"), more ("+2") or fewer ("-1")."""
        body = Scale(
            service=service, instances=instances, wait=wait, timeout=timeout, **_fields(forced)
        )
        return self._act("/v1/scale", body)

    def delete(
        self,
        names: Sequence[str],
        *,
        slots: Slots | None = None,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Iterator[Frame]:
        """Stop services (of those in `slots`, only these instances) and forget them."""
        body = Names(services=[*names], slots=_lists(slots), wait=wait, timeout=timeout)
        return self._act("/v1/delete", body)

    def reset(self, names: Sequence[str], *, slots: Slots | None = None) -> Iterator[Frame]:
        """Clear failures, holds and counters."""
        return self._act("/v1/reset", Names(services=[*names], slots=_lists(slots)))

    def events(
        self, *, since: int = 0, lines: int = 0, follow: bool = False, service: str | None = None
    ) -> Iterator[EventRecord]:
        """Yield what happened, and with `follow` what happens; `lines` 0 means all that is kept."""
        query = {"since": str(since), "lines": str(lines), "follow": str(int(follow))}
        target = _target("/v1/events", query | ({"service": service} if service else {}))
        return (frame.event for frame in self._frames("GET", target) if frame.event)

    def logs(
        self,
        names: Sequence[str] = (),
        *,
        lines: int | None = None,
        follow: bool = False,
        streams: Sequence[str] = ("out", "err"),
        since: float | None = None,
        until: float | None = None,
        grep: str = "",
    ) -> Iterator[LogLine]:
        """Yield what was printed, merged by time, and with `follow` what is printed from now on.

        `lines` of each file to begin with (15; all when `since` is given); `since` and `until` are
        seconds since 1970. `grep` is a regular expression (re.error when it is none): it is
        searched for here, because a bad one must not keep the daemon busy.
        """
        query = {"follow": str(int(follow)), "streams": ",".join(streams)}
        query |= {"services": ",".join(names)} if names else {}
        query |= {"since": repr(since)} if since is not None else {}
        query |= {"until": repr(until)} if until is not None else {}
        wanted = log_filter.LINES if lines is None and since is None else lines
        if grep:
            pattern = re.compile(grep)
            query |= {"since": repr(since or 0.0)}  # among all lines, not among the last few
            return log_filter.matching(self._log_lines(query), pattern, wanted)
        return self._log_lines(query | ({} if wanted is None else {"lines": str(wanted)}))

    def _log_lines(self, query: dict[str, str]) -> Iterator[LogLine]:
        frames = self._frames("GET", _target("/v1/logs", query))
        return (frame.log for frame in frames if frame.log)

    def flush(self, names: Sequence[str]) -> Report:
        """Empty the log files of services; rotated ones stay."""
        return self._post("/v1/flush", Names(services=[*names]), Report)

    def reload_logs(self) -> Report:
        """Have every log file opened anew at its path."""
        return msgspec.json.decode(self._read("POST", "/v1/reload-logs"), type=Report)

    def wait(
        self, names: Sequence[str], *, until: str = "ready", timeout: float = 60.0
    ) -> Iterator[Frame]:
        """Wait until services are "ready" or "stopped", at most `timeout` seconds."""
        query = {"services": ",".join(names), "for": until, "timeout": f"{timeout:g}"}
        return self._frames("GET", _target("/v1/wait", query))

    def save(self) -> Report:
        """Keep the present list for `resurrect`."""
        return msgspec.json.decode(self._read("POST", "/v1/save"), type=Report)

    def resurrect(self) -> Iterator[Frame]:
        """Bring back the saved list."""
        return self._pursued(Pursuit("/v1/resurrect", b"", None))

    def metrics(self) -> str:
        """Return what is measured and counted, as text of OpenMetrics."""
        return self._read("GET", "/v1/metrics").decode()

    def metric_list(self) -> list[Metric]:
        """Return the same as values."""
        return self._get("/v1/metrics?format=json", MetricList).metrics

    def series(
        self, names: Sequence[str] = (), *, since: float | None = None, until: float | None = None
    ) -> list[InstanceSeries]:
        """Return what was measured of the named services, or all, between two times.

        Of the last 24 hours; seconds since 1970.
        """
        query = {"names": ",".join(names)} if names else {}
        times = {"since": since, "until": until}
        query |= {name: f"{at:.3f}" for name, at in times.items() if at is not None}
        return self._get(_target("/v1/series", query), SeriesList).series

    def history(self) -> list[VersionRecord]:
        """Return who changed what when, newest first."""
        return self._get("/v1/history", VersionList).versions

    def incidents(self) -> list[Incident]:
        """List what went wrong, newest first."""
        return self._get("/v1/incidents", IncidentList).incidents

    def incident_act(self, incident: str, act: Act) -> Report:
        """Do something about an incident, by its id."""
        return self._post("/v1/incidents/act", IncidentAct(incident=incident, act=act), Report)

    def prevention(self, incident: str) -> PreventionPlan:
        """Return which settings would have kept an incident away, by its id."""
        return self._get(_target("/v1/prevention", {"incident": incident}), PreventionPlan)

    def alerts(self) -> AlertStatus:
        """Return what people were told of, and by which channels."""
        return self._get("/v1/alerts", AlertStatus)

    def alerts_mute(self, service: str = "", seconds: float = 0.0) -> Report:
        """Have nothing told of a service (empty: of any) for a while; 0: tell again."""
        return self._post("/v1/alerts/mute", MuteAlerts(service=service, seconds=seconds), Report)

    def alerts_ack(self, alert: str) -> Report:
        """Look after an alert, by its id or service: no more reminders."""
        return self._post("/v1/alerts/ack", Acknowledge(alert=alert), Report)

    def alerts_test(self, channels: Sequence[str] = ()) -> list[TriedChannel]:
        """Send a test to these channels, or all; takes up to 30 seconds."""
        body = TryChannels(channels=[*channels])
        return self._post("/v1/alerts/test", body, TriedChannels).channels

    def role(self, folder: str = "") -> RoleStatus:
        """Return which role the host has, as the daemon sees it."""
        return self._get(_target("/v1/role", {"folder": folder} if folder else {}), RoleStatus)

    def role_set(self, role: str, *, reason: str = "", system: bool = False) -> Report:
        """Pin the role of this host."""
        return self._post("/v1/role", SetRole(role=role, reason=reason, system=system), Report)

    def role_forget(self, path: str, reason: str) -> Report:
        """Have a guard file that is gone not missed any more."""
        return self._post("/v1/role/forget", ForgetGuard(path=path, reason=reason), Report)

    def audit(self, *, at: float | None = None, lines: int = 100) -> AuditLog:
        """Return the last lines of the audit log, and what held at a time."""
        query = {"lines": str(lines)} | ({} if at is None else {"at": repr(at)})
        return self._get(_target("/v1/audit", query), AuditLog)

    def undo_preview(self, version: int | None = None) -> UndoPreview:
        """Return what going back to a version would change."""
        query = {} if version is None else {"version": str(version)}
        return self._get(_target("/v1/undo", query), UndoPreview)

    def undo(self, version: int | None = None) -> Iterator[Frame]:
        """Make it exactly as it was in a version (None: the one before the present one)."""
        return self._act("/v1/undo", Undo(version=version))

    def update(self, program: Sequence[str] = ()) -> Report:
        """Run new code in the keeper; the daemon ends after its answer and a new one starts."""
        return self._post("/v1/update", Update(program=[*program]), Report)

    def say(self, names: Sequence[str], message: object) -> Report:
        """Say a JSON value to programs over their Node channels: `process.on('message')`."""
        raw = msgspec.Raw(msgspec.json.encode(message))
        return self._post("/v1/say", Say(services=[*names], message=raw), Report)

    def write(self, names: Sequence[str], line: str) -> Report:
        """Write a line to the standard input of programs; its end is added."""
        return self._post("/v1/write", WriteLine(services=[*names], line=line), Report)

    def signal(self, names: Sequence[str], signal: str, *, scope: Scope = "process") -> Report:
        """Send a signal ("SIGUSR2") to main processes, or to their whole groups."""
        body = SendSignal(services=[*names], signal=signal, scope=scope)
        return self._post("/v1/signal", body, Report)

    def reveal(self, service: str, name: str) -> str:
        """Return the value of one variable; an event tells that it was asked for."""
        return self._post("/v1/reveal", Reveal(service=service, name=name), Revealed).value

    def verify(self, names: Sequence[str]) -> Verification:
        """Prove that services work; takes up to some seconds."""
        return self._get(_target("/v1/verify", {"services": ",".join(names)}), Verification)

    def kill(self) -> Iterator[Frame]:
        """Stop every service; then daemon and keeper end.

        Raises NotRunningError also when all has ended and no daemon was left to report it.
        """
        return self._pursued(Pursuit("/v1/kill", b"", None, ends_all=True))

    def _get(self, target: str, kind: type[AnswerT]) -> AnswerT:
        return msgspec.json.decode(self._read("GET", target), type=kind)

    def _post(self, target: str, body: msgspec.Struct, kind: type[AnswerT]) -> AnswerT:
        answer = self._read("POST", target, msgspec.json.encode(body))
        return msgspec.json.decode(answer, type=kind)

    def _act(self, target: str, body: msgspec.Struct) -> Iterator[Frame]:
        patience = getattr(body, "timeout", None) if getattr(body, "wait", True) else 0.0
        return self._pursued(Pursuit(target, msgspec.json.encode(body), patience))

    def _read(self, method: str, target: str, body: bytes = b"") -> bytes:
        with transport.request(self.path, method, target, body, doubt=self.doubt) as response:
            body = response.read()
        if response.status != 200:
            raise ProblemError(_problem(response.status, body))
        return body

    def _pursued(self, pursuit: Pursuit) -> Iterator[Frame]:
        """Ask now, as `_frames`; who took it may end, then the next daemon tells the rest."""
        return self._until_told(pursuit, self._attempt(pursuit))

    def _until_told(self, pursuit: Pursuit, frames: Iterator[Frame]) -> Iterator[Frame]:
        while True:
            try:
                for frame in frames:
                    pursuit.told(frame)
                    yield frame
                if pursuit.is_over:
                    return
                pursuit.lost(ended_early(), time.monotonic())
            except LostError as error:
                pursuit.lost(error, time.monotonic())
            time.sleep(PAUSE)
            frames = self._attempt(pursuit)

    def _attempt(self, pursuit: Pursuit) -> Iterator[Frame]:
        """Ask until somebody answers. Raises what `lost` raises, and ProblemError."""
        while True:
            asked = pursuit.ask(time.monotonic())
            try:
                return self._frames(*asked)
            except (LostError, NotRunningError) as error:
                pursuit.lost(error, time.monotonic())
            except ProblemError as error:
                if not pursuit.was_unknown(asked, error):
                    raise
            time.sleep(PAUSE)

    def _frames(
        self, method: str, target: str, body: bytes = b"", key: str = ""
    ) -> Iterator[Frame]:
        """Ask now, so that a refusal is raised here; the frames come as they are taken."""
        response = transport.request(self.path, method, target, body, key, self.doubt)
        if response.status != 200:
            with response:
                problem = _problem(response.status, response.read())
                raise ProblemError(problem, status=response.status)
        return _decoded(response)


def _fields(forced: Forced) -> dict[str, Any]:
    return msgspec.structs.asdict(forced)


def _lists(slots: Slots | None) -> dict[str, list[int]]:
    return {name: [*chosen] for name, chosen in (slots or {}).items()}


def _decoded(response: transport.Response) -> Iterator[Frame]:
    decoder = msgspec.json.Decoder(Frame)
    with response:
        for line in response.lines():
            frame = decoder.decode(line)
            if frame.problem:
                raise ProblemError(frame.problem)
            yield frame


def _target(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _problem(status: int, body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem(error=f"cannot read the daemon's answer of status {status}", exit_code=3)
