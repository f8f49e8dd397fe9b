"""stop, restart, reload, delete and their kin: the same steps for every target, one by one."""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Final, NamedTuple

from usher.api.types import Frame, Redefined
from usher.client import Client
from usher.config.load import is_config_file
from usher.pm2 import apps, follow, redefine
from usher.pm2.processes import Chosen, by_service, choose
from usher.pm2.session import Session


class Verb(Enum):
    """What is done to processes; the value is PM2's word for it in messages."""

    STOP = "stopProcessId"
    RESTART = "restartProcessId"
    RELOAD = "reloadProcessId"
    DELETE = "deleteProcessId"


class Request(NamedTuple):
    """What the daemon is asked: services, or only some slots of them; what to renew of them."""

    names: tuple[str, ...]
    slots: dict[str, tuple[int, ...]]
    env: dict[str, str] | None = None
    toggle_watch: bool = False
    changes: Mapping[str, Redefined] | None = None


_CALLS: Final[dict[Verb, Callable[[Client, Request], Iterator[Frame]]]] = {
    Verb.STOP: lambda client, asked: client.stop(
        asked.names, slots=asked.slots, toggle_watch=asked.toggle_watch
    ),
    Verb.RESTART: lambda client, asked: client.restart(
        asked.names,
        slots=asked.slots,
        env=asked.env,
        toggle_watch=asked.toggle_watch,
        changes=asked.changes,
    ),
    Verb.RELOAD: lambda client, asked: client.reload(
        asked.names, slots=asked.slots, env=asked.env, changes=asked.changes
    ),
    Verb.DELETE: lambda client, asked: client.delete(asked.names, slots=asked.slots),
}

_RENEW: Final = (Verb.RESTART, Verb.RELOAD)

_UPDATE_HINT: Final = "Use --update-env to update environment variables"


def stop(session: Session) -> int:
    """Stop what the targets name."""
    return _each(session, Verb.STOP)


def restart(session: Session) -> int:
    """Restart what the targets name; of a file, start what is missing."""
    return _each(session, Verb.RESTART)


def reload(session: Session) -> int:
    """Replace what the targets name by a new generation; a broken one changes nothing."""
    return _each(session, Verb.RELOAD)


def delete(session: Session) -> int:
    """Stop and forget what the targets name."""
    return _each(session, Verb.DELETE)


def start_or_restart(session: Session) -> int:
    """Start the apps of a file, or restart those that are known."""
    return _file(session, Verb.RESTART)


def start_or_reload(session: Session) -> int:
    """Start the apps of a file, or reload those that are known."""
    return _file(session, Verb.RELOAD)


def perform(session: Session, verb: Verb, target: str, chosen: Chosen) -> bool:
    """Do it to the chosen processes and tell of each; False when it failed."""
    if verb in _RENEW:
        redefine.announce(session)
    action = f"Applying action {verb.value} on app [{target}](ids: {chosen.ids})"
    session.voice.say(action)
    return carry_out(session, verb, chosen)


def carry_out(session: Session, verb: Verb, chosen: Chosen) -> bool:
    """Do it without announcing it."""
    changes = redefine.changes(session, chosen.processes) if verb in _RENEW else {}
    if changes is None:
        return False
    asked = _request(session, verb, chosen)._replace(changes=changes)
    frames = _CALLS[verb](session.client, asked)
    if verb is Verb.RESTART:
        expected = {name: len(slots) for name, slots in by_service(chosen.processes).items()}
        patient = {each.service for each in chosen.processes if each.pm2_env.wait_ready}
        report = follow.until_started(frames, expected, patient)
    else:
        report = follow.to_the_end(frames)
    if not follow.explain(report, session):
        return False
    for each in chosen.processes:
        name = session.words.value("name") if changes else ""
        session.done(each, name or each.name)
    return True


def _request(session: Session, verb: Verb, chosen: Chosen) -> Request:
    """Name whole services where all their processes are meant, else single slots."""
    meant = by_service(chosen.processes)
    known = by_service(session.processes())
    partial = {name: slots for name, slots in meant.items() if set(slots) != set(known[name])}
    words = session.words
    renewing = verb in _RENEW and words.flag("update-env")
    env = apps.callers_env(session.env) if renewing else None
    names = tuple(f"service:{name}" for name in meant)
    watch = verb in (Verb.RESTART, Verb.STOP) and words.flag("watch")
    return Request(names, partial, env, watch)


def _each(session: Session, verb: Verb) -> int:
    for target in session.words.args:
        if not _one(session, verb, target):
            return 1
    if verb is not Verb.RELOAD:
        session.show_list()
    return 0


def _one(session: Session, verb: Verb, target: str) -> bool:
    if target == "-" or is_config_file(target):
        return _of_file(session, verb, target)
    if verb in _RENEW:
        if session.words.flag("env"):
            session.voice.error(
                "Using --env [env] without passing the ecosystem.config.js does not work"
            )
            return False
        if not session.words.flag("update-env"):
            session.voice.plain(_UPDATE_HINT)
    return perform(session, verb, target, choose(session.processes(), target))


def _file(session: Session, verb: Verb) -> int:
    if not _of_file(session, verb, session.words.args[0]):
        return 1
    session.show_list()
    return 0


def _of_file(session: Session, verb: Verb, target: str) -> bool:
    if verb in _RENEW:
        return apps.roll_file(session, target, reload=verb is Verb.RELOAD)
    loaded = apps.load_file(session, target)
    if loaded is None:
        return False
    names = {each.label or each.name for each in loaded.plan.services}
    found = tuple(each for each in session.processes() if each.name in names)
    return not found or carry_out(session, verb, Chosen(found, ""))
