"""scale: more or fewer instances; those with the highest numbers go."""

from usher.api.inspect import inspect
from usher.pm2 import follow
from usher.pm2.processes import Process, named
from usher.pm2.session import Session


def run(session: Session) -> int:
    """Set the number, as `4`, `+2` or `-1`; 0 forgets the app."""
    name, number = session.words.args[:2]
    before = [each for each in named(session.processes(), name) if each.name == name]
    if not before:
        session.voice.error(f"Application {name} not found")
        return 1
    wanted = _wanted(number, len(before))
    if wanted is None:
        session.voice.error(f"cannot scale {name!r} to {number!r}: not a number", hint="4, +2, -1")
        return 1
    if wanted == len(before):
        session.voice.error("Nothing to do")
        return 1
    if not _request(session, before, wanted):
        return 1
    _tell(session, before)
    session.show_list()
    return 0


def _wanted(number: str, present: int) -> int | None:
    digits = number.removeprefix("+").removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if number.startswith("+"):
        return present + int(digits)
    return max(0, present - int(digits)) if number.startswith("-") else int(digits)


def _request(session: Session, before: list[Process], wanted: int) -> bool:
    service = before[0].service
    if wanted == 0:
        frames = session.client.delete([f"service:{service}"])
        return follow.explain(follow.to_the_end(frames), session)
    frames = session.client.scale(f"service:{service}", str(wanted))
    added = wanted - len(before)
    if added < 0:
        return follow.explain(follow.to_the_end(frames), session)
    return follow.explain(follow.until_started(frames, {service: added}, ()), session)


def _tell(session: Session, before: list[Process]) -> None:
    """Say what came and what went, process by process."""
    service = before[0].service
    after = {each.pm_id for each in session.processes() if each.service == service}
    for _ in after - {each.pm_id for each in before}:
        session.voice.say("Scaling up application")
    for each in before:
        if each.pm_id not in after:
            ids = inspect([each.pm_id])
            session.voice.say(f"Applying action deleteProcessId on app [{each.pm_id}](ids: {ids})")
            session.done(each)
