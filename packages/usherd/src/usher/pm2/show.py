"""Commands that only look: list, jlist, prettylist, pid, id, env.

The daemon renders them (usher.daemon.pm2_text); most calls never come here, see `hot`.
"""

from usher.pm2.session import Session


def list_(session: Session) -> int:
    """Print the table, or with --mini-list one paragraph a process; starts usher as PM2 does."""
    words = session.words
    session.client.ping()
    if words.flag("mini-list"):
        session.voice.show(session.view("mini"))
        return 0
    session.show_list(sort=words.value("sort"))
    return 0


def jlist(session: Session) -> int:
    """Print JSON and nothing else, whatever state usher is in."""
    session.voice.answer(session.view("jlist"))
    return 0


def prettylist(session: Session) -> int:
    """Print the same as Node would show it."""
    session.voice.answer(session.view("prettylist"))
    return 0


def pid(session: Session) -> int:
    """Print pids, one a line: of a name, or of all."""
    session.voice.answer(session.view("pids", of="".join(session.words.args[:1])))
    return 0


def id_(session: Session) -> int:
    """Print the ids of a name."""
    session.voice.answer(session.view("ids", of=session.words.args[0]))
    return 0


def env(session: Session) -> int:
    """Print the environment of an id, one variable a line; what may be secret is masked."""
    (target, *_) = session.words.args
    text = session.view("env", of=target)
    if not text:
        session.voice.error(f"Modules with id {target} not found")
        return 1
    session.voice.answer(text)
    return 0
