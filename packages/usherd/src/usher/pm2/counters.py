"""reset: the counters of restarts begin anew."""

from usher.pm2 import follow
from usher.pm2.processes import NotFoundError, by_service, choose
from usher.pm2.session import Session


def run(session: Session) -> int:
    """Reset what the target names."""
    (target, *_) = session.words.args
    try:
        chosen = choose(session.processes(), target)
    except NotFoundError:
        session.voice.complain("Unknown process name")
        return 1
    slots = by_service(chosen.processes)
    frames = session.client.reset([f"service:{name}" for name in slots], slots=slots)
    if not follow.explain(follow.to_the_end(frames), session):
        return 1
    for each in chosen.processes:
        session.voice.say(f"Resetting meta for process id {each.pm_id}")
    session.show_list()
    return 0
