"""set, get, unset, multiset, conf: values in module_conf.json, as PM2 keeps them."""

import shlex
from collections.abc import Callable

from usher.client.beside import refuse
from usher.config import logrotate
from usher.host import settings as store
from usher.pm2.session import Session


def set_(session: Session) -> int:
    """Set a key; without a value show what is set."""
    key, value = _two(session)
    if not value:
        return _guarded(session, lambda: _show(session, ""))
    return _guarded(session, lambda: _put(session, key, value))


def get(session: Session) -> int:
    """Show a value, the values of a module, or all; 1 for what is not set."""
    key, _ = _two(session)
    code = _guarded(session, lambda: _show(session, key))
    return code or int(bool(key) and store.lookup(store.load(session.folder), key) is None)


def conf(session: Session) -> int:
    """Set a key where a value is given, else show."""
    key, value = _two(session)
    if value:
        return _guarded(session, lambda: _put(session, key, value))
    return _guarded(session, lambda: _show(session, key))


def unset(session: Session) -> int:
    """Forget a key, a module, or `all`."""
    key, _ = _two(session)
    return _guarded(session, lambda: _remove(session, key))


def multiset(session: Session) -> int:
    """Set several: "key1 value1 key2 value2"."""
    words = shlex.split(session.words.args[0])
    if len(words) % 2:
        session.voice.error("cannot set: a key has no value", hint='"key1 value1 key2 value2"')
        return 1
    pairs = zip(words[::2], words[1::2], strict=True)
    return max((_guarded(session, _putting(session, *pair)) for pair in pairs), default=0)


def _putting(session: Session, key: str, value: str) -> Callable[[], None]:
    return lambda: _put(session, key, value)


def _two(session: Session) -> tuple[str, str]:
    key, value = (*session.words.args[:2], "", "")[:2]
    return key, value


def _guarded(session: Session, work: Callable[[], None]) -> int:
    try:
        work()
    except store.SettingsError as error:
        session.voice.error(str(error))
    except OSError as error:
        session.voice.error(f"cannot use {error.filename!r}: {error.strerror}")
    else:
        return 0
    return 1


def _put(session: Session, key: str, value: str) -> None:
    refuse((), writes=session.folder)
    kept = store.put(session.folder, key, value)
    session.voice.say("Setting changed")
    for sentence in logrotate.complaints(kept):
        session.voice.notice(sentence)
    _show(session, key.partition(":")[0].partition(".")[0])


def _remove(session: Session, key: str) -> None:
    refuse((), writes=session.folder)
    if not store.remove(session.folder, key):
        session.voice.notice(f"{key!r} was not set")
    _show(session, "")


def _show(session: Session, key: str) -> None:
    settings = store.load(session.folder)
    found = store.lookup(settings, key) if key else settings
    if isinstance(found, dict):
        prefix = f"{key}:" if key else ""
        _list(session, [(prefix + name, value) for name, value in store.flat(found)])
    elif found is not None:
        module, _, name = key.replace(".", ":").partition(":")
        session.voice.plain(f"Value for module {module} key {name}: {found}")


def _list(session: Session, values: list[tuple[str, str]]) -> None:
    """Print commands that would set the same again, module by module."""
    module = ""
    for key, value in values:
        if key.partition(":")[0] != module:
            module = key.partition(":")[0]
            session.voice.plain(f"Module: {module}")
        session.voice.plain(f"$ pm2 set {key} {value}")
