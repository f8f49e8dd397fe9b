"""What the daemon shows and writes passes here: it knows the secrets of every service.

Values are kept in memory only. Everything is redacted with the secrets of all services: one app's
log may well hold what another one calls a password.
"""

import logging
import time
from collections.abc import Callable, Iterable

import msgspec

from usher.model import events as ev
from usher.model.fault import Fault
from usher.model.finding import Finding
from usher.redaction.redactor import Redactor
from usher.redaction.values import secrets_of, spelled
from usher.runtime.environments import Environments


class Redacting:
    """Redacts with what is known now."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self.digests: Callable[[], Iterable[str]] = tuple
        """Names the environments in force."""
        self._by_digest: dict[str, frozenset[str]] = {}
        self._resolved: frozenset[str] = frozenset()
        self._made_of: tuple[frozenset[str], int] | None = None
        self._in_force: frozenset[str] | None = None
        """What `digests` named; it is not asked for each line, which would cost a look at all."""
        self._redactor = Redactor()

    def learn(self, values: Iterable[str]) -> None:
        """Take values of `secrets`, which stand in no environment that is kept."""
        self._resolved |= spelled(values)

    def ask_again(self) -> None:
        """Definitions may have changed: other environments may be in force."""
        self._in_force = None

    @property
    def redactor(self) -> Redactor:
        """What redacts with all values that are known now."""
        if self._in_force is None:
            self._in_force = frozenset(filter(None, self.digests()))
        digests = self._in_force | self._environments.in_memory
        made_of = (digests, len(self._resolved))
        if made_of != self._made_of:
            known = [self._secrets(digest) for digest in digests]
            values = self._resolved.union(*known)
            self._redactor = Redactor(values, clock=time.perf_counter)
            self._made_of = made_of
        return self._redactor

    def text(self, text: str) -> str:
        """Return text without secrets."""
        return self.redactor.line(text)

    def tree(self, value: object) -> object:
        """Return what JSON can hold, with every text in it redacted."""
        return self.redactor.tree(value)

    def event(self, event: ev.Event) -> ev.Event:
        """Return an observation whose words are fit for the journal."""
        match event:
            case ev.SpawnFailed():
                return msgspec.structs.replace(event, error=self.text(event.error))
            case ev.ProbeResult() | ev.RemoteAnswered() | ev.RemoteActed():
                return msgspec.structs.replace(event, detail=self.text(event.detail))
            case ev.Examined(fault=Fault() as fault):
                hidden = msgspec.structs.replace(fault, evidence=self.text(fault.evidence))
                return msgspec.structs.replace(event, fault=hidden)
            case ev.CheckDone():
                return msgspec.structs.replace(
                    event, findings=tuple(map(self.text, event.findings))
                )
            case _:
                return event

    def finding(self, finding: Finding) -> Finding:
        """Return a finding without secrets."""
        return msgspec.structs.replace(
            finding, message=self.text(finding.message), hint=self.text(finding.hint)
        )

    def log(self) -> None:
        """Redact what this process logs about itself, tracebacks included."""
        for handler in logging.getLogger().handlers:
            handler.setFormatter(_Formatter(self, handler.formatter))

    def _secrets(self, digest: str) -> frozenset[str]:
        if digest not in self._by_digest:
            try:
                self._by_digest[digest] = secrets_of(self._environments.get(digest))
            except OSError:  # forgotten with its service
                return frozenset()
        return self._by_digest[digest]


class _Formatter(logging.Formatter):
    def __init__(self, redacting: Redacting, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._redacting = redacting
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return self._redacting.text(self._inner.format(record))
