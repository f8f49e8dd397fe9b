"""When an app of PM2's files is ready, how it is restarted, stopped and replaced."""

import re
import signal
from typing import Final

import msgspec

from usher.config.app import Surroundings, Written
from usher.config.pm2.listed import Listed
from usher.config.process import read_rollout
from usher.config.schema import Pm2App
from usher.model.spec import (
    ChannelReady,
    ListeningReady,
    ReadySpec,
    RestartPolicy,
    RolloutSpec,
    SocketSpec,
    StopPolicy,
)

READY_AT_LEAST: Final = 10.0
"""Seconds: PM2's 3 were no limit, only when it stopped looking; here running out is a failure."""

LISTEN_TIMEOUT: Final = 3.0
"""Seconds that PM2 waits for the word."""

UNLIMITED: Final = 1_000_000
"""Restarts in ten minutes that nothing reaches."""

KILL_TIMEOUT: Final = 1.6
MAX_RESTARTS: Final = 16
MIN_UPTIME: Final = 1.0
HEALTHY: Final = 0.5
"""Seconds that a reload watches what is ready: PM2 looks no longer at all, and is as fast."""
CONCURRENT_ACTIONS: Final = 2
_A_FEW: Final = re.compile(r"[1-9]\d?")

BACKOFF_LIMIT: Final = 15.0
BACKOFF_FACTOR: Final = 1.5
BACKOFF_RESET: Final = 30.0


def ready(listed: Listed, *, cluster: bool) -> ReadySpec:
    """Build the proof of readiness: what the app says, or that it listens, or that it lives."""
    app, compat = listed.app, listed.written.app.compat == "pm2"
    given = app.listen_timeout
    timeout = ReadySpec().timeout if given is None else max(float(given), READY_AT_LEAST)
    if app.wait_ready and compat:
        patience = LISTEN_TIMEOUT if given is None else float(given)
        return ReadySpec(ChannelReady(or_alive=patience), timeout)
    if given is not None and given < READY_AT_LEAST:
        message = f"{given:g} s is short for a limit; {READY_AT_LEAST:g} s is taken"
        listed.warn("listen_timeout", message, "not being ready in time is a failure here")
    if app.wait_ready:
        return ReadySpec(ChannelReady(), timeout)
    return ReadySpec(ListeningReady(), timeout) if cluster else ReadySpec()


def rollout(
    written: Written, around: Surroundings, sockets: tuple[SocketSpec, ...], *, cluster: bool
) -> RolloutSpec:
    """Build PM2's pace: two at a time, and little time after the proof of readiness.

    Without a socket of ours an app in fork mode opens its port itself: no second one can.
    """
    given = written.app.rollout
    own = msgspec.structs.replace(read_rollout(written), first_vouches=True)
    if given is None or given.min_healthy is None:
        own = msgspec.structs.replace(own, min_healthy=HEALTHY)
    if given is None or given.max_surge is None:
        together = around.env.get("PM2_CONCURRENT_ACTIONS", "")
        surge = int(together) if _A_FEW.fullmatch(together) else CONCURRENT_ACTIONS
        own = msgspec.structs.replace(own, max_surge=surge)
    if cluster or sockets or (given is not None and given.in_place is not None):
        return own
    return msgspec.structs.replace(own, in_place=True)


def restart(app: Pm2App, *, compat: bool = False) -> RestartPolicy:
    """Build PM2's fixed delay or backoff; usher's budget counts besides, but with `compat`."""
    policy = RestartPolicy(
        when="always" if app.autorestart else "never",
        min_uptime=MIN_UPTIME if app.min_uptime is None else float(app.min_uptime),
        # PM2 counts the runs that ended too soon, the policy the restarts between them.
        start_limit=max(0, int(app.max_restarts or MAX_RESTARTS) - 1),
        stop_codes=tuple(int(code) for code in app.stop_exit_codes),
        budget_count=UNLIMITED if compat else RestartPolicy().budget_count,
        heeds_cause=not compat,
    )
    if app.exp_backoff_restart_delay:
        return msgspec.structs.replace(
            policy,
            delays=(float(app.exp_backoff_restart_delay),),
            factor=BACKOFF_FACTOR,
            delay_limit=BACKOFF_LIMIT,
            stable_after=BACKOFF_RESET,
        )
    delay = float(app.restart_delay or 0.0)
    limit = max(policy.delay_limit, delay)
    return msgspec.structs.replace(policy, delays=(delay,), factor=1.0, delay_limit=limit)


def stop(app: Pm2App, around: Surroundings) -> StopPolicy:
    """Build SIGINT to the tree, then SIGKILL; PM2's variables of the caller change both."""
    return StopPolicy(
        signal=_kill_signal(around.env.get("PM2_KILL_SIGNAL", "")),
        timeout=_kill_timeout(app, around.env.get("PM2_KILL_TIMEOUT", "")),
        tree=app.treekill,
        kill_tree=app.treekill,
        message=app.shutdown_with_message or bool(around.env.get("PM2_KILL_USE_MESSAGE")),
    )


def _kill_signal(name: str) -> int:
    return int(signal.Signals.__members__.get(name, signal.SIGINT))


def _kill_timeout(app: Pm2App, milliseconds: str) -> float:
    if app.kill_timeout is not None:
        return float(app.kill_timeout)
    return int(milliseconds) / 1000 if milliseconds.isdecimal() else KILL_TIMEOUT
