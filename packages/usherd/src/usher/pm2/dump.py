"""save, resurrect, cleardump: the list in PM2's dump.pm2, and completely in our own state.

The dump is what PM2's users look into and copy about, so no secret stands in it (design 2.6.5).
What is needed to start again lies in usher's own saved list; a dump that was not changed since
stands for it, any other dump is read for what it says.
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from usher.client.beside import refuse
from usher.client.errors import UsherError
from usher.config.load import ConfigError
from usher.config.pm2.dump import read_dump, write_dump
from usher.pm2 import apps, follow
from usher.pm2.session import Session

_MARK: Final = "saved-dump.sha256"
"""In our home: the digest of the dump that was written together with the saved list."""


def save(session: Session) -> int:
    """Write the dump and our own saved list; an empty list only with --force."""
    voice = session.voice
    voice.say("Saving current process list...")
    found = session.processes()
    if not found and not session.words.flag("force"):
        voice.warn("PM2 is not managing any process, skipping save...")
        voice.warn("To force saving use: pm2 save --force")
        return 0
    if found:
        session.client.save()
    _write(session, _entries(session) if found else [])
    voice.say(f"Successfully saved in {_path(session)}")
    return 0


def resurrect(session: Session) -> int:
    """Bring back what was saved and is not there; what is there stays as it is."""
    voice = session.voice
    path = _path(session)
    voice.say("Resurrecting")
    if not path.is_file():
        # A host that boots with nothing saved has nothing to bring back: no failure, as for PM2.
        voice.error(f"No processes saved; DUMP file doesn't exist: {path}")
        session.show_list()
        return 0
    voice.say(f"Restoring processes located in {path}")
    before = {each.pm_id for each in session.processes()}
    if not (_from_state(session) if _is_ours(session) else _from_dump(session)):
        return 1
    for each in session.processes():
        if each.pm_id not in before:
            voice.say(f"Process {each.pm2_env.pm_exec_path} restored")
    session.show_list()
    return 0


def clear(session: Session) -> int:
    """Write a dump of nothing: the next resurrect starts nothing."""
    _write(session, [])
    session.voice.say(f"Successfully created {_path(session)}")
    return 0


def _path(session: Session) -> Path:
    return session.places.dump


def _entries(session: Session) -> list[dict[str, object]]:
    rows = msgspec.json.decode(session.client.jlist(), type=list[dict[str, object]])
    return [msgspec.convert(row["pm2_env"], dict[str, object]) for row in rows]


def _write(session: Session, entries: list[dict[str, object]]) -> None:
    refuse((), writes=session.folder)
    try:
        places = session.places
        for folder in {session.folder, places.dump.parent, places.dump_backup.parent}:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_dump(places.dump, places.dump_backup, entries)
        session.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = session.home / _MARK
        mark.write_text(_digest(_path(session)) if entries else "")
        mark.chmod(0o600)
    except OSError as error:
        raise UsherError(f"cannot write {error.filename!r}: {error.strerror}") from None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_ours(session: Session) -> bool:
    """Tell whether the dump is the one that our saved list was written with."""
    try:
        return (session.home / _MARK).read_text() == _digest(_path(session))
    except OSError:
        return False


def _from_state(session: Session) -> bool:
    return follow.explain(follow.to_the_end(session.client.resurrect()), session)


def _from_dump(session: Session) -> bool:
    try:
        loaded = read_dump(_path(session))
    except ConfigError as error:
        apps.tell(session, error.findings)
        return False
    apps.tell(session, loaded.findings)
    present = {each.service for each in session.processes()}
    missing = tuple(each for each in loaded.plan.services if each.name not in present)
    plan = msgspec.structs.replace(loaded.plan, services=missing)
    return not missing or apps.launch_all(session, plan)
