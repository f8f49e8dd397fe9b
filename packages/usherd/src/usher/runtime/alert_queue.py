"""What waits to be delivered: on disk, in order for each channel, tried again until it arrives.

A delivery is a helper of the keeper, so a hanging web service delays nothing here. A channel that
does not take one gets the next ones only when that one has arrived or was given up.
"""

import asyncio
import os
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from usher.alerts import text
from usher.keeper import wire
from usher.model.alert import (
    AlertPlan,
    Channel,
    Command,
    Given,
    Message,
    Webhook,
    webhook_fault,
)
from usher.model.spec import SecretSpec
from usher.model.value import Value
from usher.runtime import secret_values
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.secret_values import SecretError

DELAYS: Final = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds until a delivery is tried again; the last one is repeated."""

GIVE_UP: Final = 86400.0
"""Seconds after which an alert is no news any more."""

LIMIT: Final = 200
"""Deliveries that wait at most; beyond them the oldest is dropped, and that is told."""

HELPER_TIME: Final = 30.0

_SENDER: Final = str(Path(__file__).with_name("alert_sender.py"))

_AROUND: Final = (
    *("PATH", "HOME", "LANG", "USER", "LOGNAME", "TZ"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)
"""Variables of ours that a delivery may need."""


class Helpers(Protocol):
    """The keeper, as far as deliveries go."""

    async def run_helper(self, argv: Sequence[str], /, **fields: Any) -> wire.Message:
        """Run a program and wait for its end. Raises RefusedError, KeeperGoneError."""
        ...


class Redactor(Protocol):
    """Who knows what must not be said (runtime.redacting.Redacting)."""

    def text(self, text: str) -> str:
        """Return text without secrets."""
        ...

    def tree(self, value: object) -> object:
        """Return what JSON can hold without secrets."""
        ...

    def learn(self, values: Iterable[str]) -> None:
        """Take values of secrets."""
        ...


class _AddressError(Exception):
    """An address that nothing can be posted to; the message shows no part of it."""


class Delivery(Value, frozen=True):
    """One message on its way to one channel, which is looked up when it is tried."""

    message: Message
    channel: str
    since: float
    due: float
    tries: int = 0
    failure: str = ""
    """Why the last try failed."""


class Counted(msgspec.Struct):
    """What became of messages to one channel since this daemon began."""

    sent: int = 0
    failed: int = 0
    """Tries after which the message went on waiting."""
    given_up: int = 0


class AlertQueue:
    """One a daemon. `note` takes an event and its detail; `changed` is called after each try."""

    def __init__(
        self,
        helpers: Helpers,
        redactor: Redactor,
        note: Callable[[str, str], None],
        changed: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self._helpers = helpers
        self._redactor = redactor
        self._note = note
        self._changed = changed
        self._now = now
        self._work: dict[str, asyncio.Task[None]] = {}
        self.waiting: list[Delivery] = []
        self.delivered: dict[str, float] = {}
        """Channel -> when it took something last; wall clock."""
        self.counted: defaultdict[str, Counted] = defaultdict(Counted)
        """By channel; tests of a channel are no messages."""

    @property
    def is_busy(self) -> bool:
        """Whether something is being delivered."""
        return bool(self._work)

    @property
    def next_due(self) -> float | None:
        """When something is to be tried that is not being tried now; wall clock."""
        idle = (e.due for e in self._heads().values() if e.channel not in self._work)
        return min(idle, default=None)

    def add(self, message: Message, channels: Sequence[Channel]) -> None:
        """Take a message for these channels."""
        now = self._now()
        self.waiting += [Delivery(message, channel.name, now, now) for channel in channels]
        if dropped := self.waiting[:-LIMIT]:
            del self.waiting[:-LIMIT]
            for each in dropped:
                self.counted[each.channel].given_up += 1
            self._note("alert-lost", f"{len(dropped)} alerts are too many to deliver")

    def deliver(self, plan: AlertPlan) -> None:
        """Go on with what is due."""
        for name, head in self._heads().items():
            if head.due <= self._now() and name not in self._work:
                self._work[name] = asyncio.create_task(self._deliver(name, plan))

    async def attempt(self, channel: Channel, message: Message) -> str | None:
        """Deliver now; returns what went wrong, without any secret."""
        try:
            failure = await self._try(channel, message)
        except (KeeperGoneError, RefusedError) as error:
            failure = str(error) or "there is no keeper"
        except (SecretError, _AddressError) as error:
            failure = str(error)
        if failure is None:
            self.delivered[channel.name] = self._now()
            return None
        return self._redactor.text(failure)

    def close(self) -> None:
        """Leave what waits to the next daemon."""
        for task in self._work.values():
            task.cancel()

    def _heads(self) -> dict[str, Delivery]:
        """The oldest that waits for each channel."""
        heads: dict[str, Delivery] = {}
        for each in self.waiting:
            heads.setdefault(each.channel, each)
        return heads

    async def _deliver(self, name: str, plan: AlertPlan) -> None:
        """Deliver to one channel until nothing is due there."""
        try:
            while (head := self._heads().get(name)) and head.due <= self._now():
                channel = next((each for each in plan.channels if each.name == name), None)
                if channel is None:
                    self.waiting.remove(head)
                    self.counted[name].given_up += 1
                    self._note("alert-lost", f"cannot deliver to {name!r}: it is not declared now")
                    continue
                failure = await self.attempt(channel, head.message)
                position = self.waiting.index(head)
                if failure is None:
                    del self.waiting[position]
                    self.counted[name].sent += 1
                    self._note("alert-delivered", f"{_what(head)} to {name!r}")
                else:
                    self._put_off(position, head, failure)
        finally:
            del self._work[name]
            self._changed()

    def _put_off(self, position: int, delivery: Delivery, failure: str) -> None:
        now, tries = self._now(), delivery.tries + 1
        words = f"{_what(delivery)!r} to {delivery.channel!r}: {failure}"
        if now - delivery.since > GIVE_UP:
            del self.waiting[position]
            self.counted[delivery.channel].given_up += 1
            self._note("alert-lost", f"cannot deliver {words}; given up after a day")
            return
        self.counted[delivery.channel].failed += 1
        if delivery.tries == 0:
            self._note("alert-late", f"cannot deliver {words}; it is tried again")
        due = now + DELAYS[min(tries, len(DELAYS)) - 1]
        self.waiting[position] = replace(delivery, due=due, tries=tries, failure=failure)

    async def _try(self, channel: Channel, message: Message) -> str | None:
        """Raise what the keeper and secrets raise."""
        env = {name: os.environ[name] for name in _AROUND if name in os.environ}
        env["USHER_ALERT"] = self._payload(channel, message)
        if isinstance(channel.way, Command):
            argv = [*channel.way.argv]
        else:
            env["USHER_CHANNEL"] = await self._address(channel)
            argv = [sys.executable, "-P", _SENDER]
        done = await self._helpers.run_helper(argv, env=env, cwd="/", timeout=HELPER_TIME)
        if done["status"] == {"code": 0}:
            return None
        if done["timed_out"]:
            return f"it took longer than {HELPER_TIME:g} s"
        return str(done["output"]).strip()[-200:] or f"it ended with {done['status']}"

    def _payload(self, channel: Channel, message: Message) -> str:
        host = socket.gethostname()
        letter = text.write(message, host, channel.language, shown)
        record = self._redactor.tree(text.record(message, letter, host))
        return msgspec.json.encode(record).decode()

    async def _address(self, channel: Channel) -> str:
        """Say to the sender where; the values are known as secrets from here on.

        Raises SecretError, _AddressError.
        """
        way = channel.way
        assert not isinstance(way, Command)  # noqa: S101 (the caller has asked)
        url, secret = await self._value(channel.name, way.url), ""
        if isinstance(way, Webhook) and way.secret is not None:
            secret = await self._value(channel.name, way.secret)
        self._redactor.learn([value for value in (url, secret) if value])
        if isinstance(way, Webhook) and (fault := webhook_fault(url)):
            raise _AddressError(f"cannot use the address of {channel.name!r}: {fault}")
        name = "webhook" if isinstance(way, Webhook) else "apprise"
        return msgspec.json.encode({"way": name, "url": url, "secret": secret}).decode()

    async def _value(self, name: str, given: Given) -> str:
        """Raise SecretError."""
        match given.kind:
            case "text":
                return given.source[0]
            case "env":
                value = os.environ.get(given.source[0], "")
                if not value:
                    raise SecretError(
                        SecretSpec(name, "command", given.source),
                        "usher's own environment lacks it",
                    )
                return value
            case "file" | "command" | "credential":
                secret = SecretSpec(name, given.kind, given.source)
                return await secret_values.ask(secret, "/", os.environ, self._helpers)


def _what(delivery: Delivery) -> str:
    alert, event = delivery.message.alert, delivery.message.event
    return event if alert is None else f"{event} {alert.id}"


def shown(at: float) -> str:
    """Seconds since 1970 as people read them here."""
    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")
