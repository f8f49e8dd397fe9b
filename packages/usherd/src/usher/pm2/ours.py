"""Commands that usher's own command line has as well: asked in its words, answered with 0 or 1."""

from usher.cli import app
from usher.pm2.session import Session


def startup(session: Session) -> int:
    """Have the host's init system start usher at boot."""
    return _run(session, "startup", *_platform(session), *_user(session))


def unstartup(session: Session) -> int:
    """No longer start usher at boot."""
    return _run(session, "unstartup", *_platform(session), *_user(session))


def monit(session: Session) -> int:
    """Show the list live."""
    return _run(session, "monit")


def _run(session: Session, *words: str) -> int:
    return min(1, app.main([*words, "--home", str(session.home)]))


def _platform(session: Session) -> tuple[str, ...]:
    return session.words.args[:1]


def _user(session: Session) -> tuple[str, ...]:
    user = session.words.value("user")
    return ("--user", user) if user else ()
