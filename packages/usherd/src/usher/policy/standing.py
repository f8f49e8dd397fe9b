"""How much of a service works now, for people who are told that it does not."""

from usher.model.alert import Standing
from usher.model.remote import Recovered, Remote, Up
from usher.model.world import Service, World
from usher.policy.turn import instances, is_ready, wanted


def standing(world: World, name: str) -> Standing | None:
    """Say how much of a service or remote works; None: nothing of this name shall run."""
    service, remote = world.services.get(name), world.remotes.get(name)
    if service is not None:
        return _of_service(service)
    return None if remote is None else _of_remote(remote)


def _of_service(service: Service) -> Standing | None:
    members = wanted(service)
    if service.want == "down" or not members:
        return None
    ready = sum(is_ready(each) for each in instances(service))
    answers = [answer for each in members for answer in each.probes.values()]
    failed = sum(each.in_row for each in answers if each.ok is False)
    return Standing(service.spec.name, min(ready, len(members)), len(members), failed)


def _of_remote(remote: Remote) -> Standing:
    works = isinstance(remote.state, Up | Recovered)
    failed = sum(each.in_row for each in remote.probes.values() if each.ok is False)
    return Standing(remote.spec.name, int(works), 1, failed)
