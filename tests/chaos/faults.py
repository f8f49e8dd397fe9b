"""The kinds of faults: where each can happen, how it is brought about, and what is told of it."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from tests.chaos.stage import Stage

PYTHON: Final = ("shop", "pair", "till", "report")
NODE: Final = ("front", "stock")
ALL: Final = (*PYTHON, *NODE)

Later: TypeAlias = tuple[float, Callable[[], None]]
"""Seconds after which something more is done: the second half of a fault, or its end."""

Bring: TypeAlias = Callable[[Stage, str, Random], list[Later]]


@dataclass(frozen=True)
class Fault:
    """A kind of fault."""

    name: str
    services: tuple[str, ...]
    """Where it can happen; none: to usher itself, which troubles no service."""
    bring: Bring
    kinds: tuple[str, ...] = ("crash",)
    """What its incident may be."""


def signalled(number: signal.Signals) -> Bring:
    def bring(stage: Stage, service: str, random: Random) -> list[Later]:
        instance = random.choice(stage.instances(service))
        assert instance.pid is not None
        os.kill(instance.pid, number)
        return []

    return bring


def asked(path: str) -> Bring:
    def bring(stage: Stage, service: str, random: Random) -> list[Later]:
        # Not all of them answer; a busy machine needs some time until it has read the question.
        stage.samples[service].ask(path, patience=3.0)
        return []

    return bring


def with_ours(first: Bring, which: str, *, within: float) -> Bring:
    """The fault, and some time later the end of the daemon or the keeper that deals with it."""

    def bring(stage: Stage, service: str, random: Random) -> list[Later]:
        later = first(stage, service, random)
        kill: Later = (random.uniform(0, within), lambda: os.kill(stage.own(which), signal.SIGKILL))
        return [*later, kill]

    return bring


def ours(which: str, number: signal.Signals) -> Bring:
    def bring(stage: Stage, service: str, random: Random) -> list[Later]:
        os.kill(stage.own(which), number)
        return []

    return bring


def stalled(which: str) -> Bring:
    """As on a host that is starved for a while."""

    def bring(stage: Stage, service: str, random: Random) -> list[Later]:
        pid = stage.own(which)
        os.kill(pid, signal.SIGSTOP)
        return [(random.uniform(1, 4), lambda: os.kill(pid, signal.SIGCONT))]

    return bring


def dependency(mood: str) -> Bring:
    def bring(stage: Stage, service: str, random: Random) -> list[Later]:
        stage.dependency.mood = mood
        if mood == "away":
            stage.dependency.disappear()
        # Three questions without an answer take 14 s, and a daemon that is replaced asks anew.
        return [(random.uniform(25, 35), stage.dependency.appear)]

    return bring


HANGS: Final = ("hang",)

FAULTS: Final = (
    Fault("killed", ALL, signalled(signal.SIGKILL)),
    Fault("ended from outside", ("shop", "pair", "report", *NODE), signalled(signal.SIGTERM)),
    Fault("segmentation fault", ALL, signalled(signal.SIGSEGV)),
    Fault("abort", ALL, signalled(signal.SIGABRT)),
    Fault("stopped", ALL, signalled(signal.SIGSTOP), HANGS),
    Fault("event loop blocked", ALL, asked("/block"), HANGS),
    Fault("handler never answers", ALL, asked("/hang?path=/health"), HANGS),
    Fault("deadlock", ALL, asked("/deadlock"), HANGS),
    Fault("stops accepting", PYTHON, asked("/deaf"), HANGS),
    Fault("closes its port", ALL, asked("/close"), HANGS),
    Fault("answers 500", ALL, asked("/fail?path=/health"), HANGS),
    Fault("WebSockets never upgrade", ("shop", "front"), asked("/mute?path=/ws"), HANGS),
    Fault("crash after answering", ALL, asked("/end")),
    Fault("exits with 0", ALL, asked("/exit?code=0")),
    Fault("exits with 3", ALL, asked("/exit?code=3")),
    Fault("leak", ("stock", "report"), asked("/leak?mb=60"), ("memory",)),
    Fault("dependency refuses", ("report",), dependency("away"), ("dependency",)),
    Fault("dependency hangs", ("report",), dependency("hangs"), ("dependency",)),
    Fault("dependency fails", ("report",), dependency("fails"), ("dependency",)),
    Fault(
        "blocked, and the daemon is killed",
        ALL,
        with_ours(asked("/block"), "daemon", within=12),
        HANGS,
    ),
    Fault(
        "blocked, and the keeper is killed",
        ALL,
        with_ours(asked("/block"), "keeper", within=12),
        ("hang", "crash"),
    ),
    Fault(
        "killed, and the daemon with it",
        ALL,
        with_ours(signalled(signal.SIGKILL), "daemon", within=0.2),
    ),
    Fault(
        "killed, and the keeper with it",
        ALL,
        with_ours(signalled(signal.SIGKILL), "keeper", within=0.2),
    ),
    Fault("the daemon is killed", (), ours("daemon", signal.SIGKILL)),
    Fault("the daemon aborts", (), ours("daemon", signal.SIGABRT)),
    Fault("the daemon is starved", (), stalled("daemon")),
    Fault("the keeper is killed", (), ours("keeper", signal.SIGKILL)),
    Fault("the keeper is starved", (), stalled("keeper")),
)
