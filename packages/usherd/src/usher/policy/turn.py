"""The working copy of one step: what has been changed so far, and what is to be done.

A step must cost the same with ten services and with a thousand. So containers are copied at the
first write and only then, deadlines are kept in a sorted agenda, and the services and instances
whose state-triggered rules must be looked at are noted in `_dirty` instead of being searched for.
"""

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from usher.model.actions import Action, Changed, JobDone, RemoteChanged
from usher.model.events import Key, Now
from usher.model.phase import Checking, Live, Running, Starting, Stopping, Waiting
from usher.model.remote import Recovered, Remote, Up
from usher.model.spec import ServiceSpec
from usher.model.world import Answered, Due, Generation, Instance, Job, Service, Settled, World
from usher.policy.deadlines import due
from usher.policy.words import Word

replace = msgspec.structs.replace

READY_PROBE = "ready"
"""Name under which the proof of readiness is asked and counted."""

ANSWERS_KEPT = 32
"""How many requests may be answered while one who asked is looking for the next daemon."""


def phase_name(instance: Instance) -> str:
    """The word of the instance's phase, as in JSON."""
    return str(type(instance.phase).__struct_config__.tag)


def is_ready(instance: Instance) -> bool:
    """Whether readiness is proved and not disproved since."""
    return isinstance(instance.phase, Running) and instance.phase.ready


def is_live(instance: Instance) -> bool:
    """Rule 6: whether a run of this instance exists."""
    return isinstance(instance.phase, Live)


def is_asked_for(instance: Instance) -> bool:
    """Whether a check or a spawn of it is not answered yet; `spawn_limit` bounds how many are."""
    phase = instance.phase
    return isinstance(phase, Checking) or (isinstance(phase, Starting) and phase.process is None)


def is_stoppable(instance: Instance) -> bool:
    """Whether it has a process that was not signalled yet; an unanswered spawn has none."""
    phase = instance.phase
    return isinstance(phase, Running) or (isinstance(phase, Starting) and phase.process is not None)


def is_unprovable(instance: Instance) -> bool:
    """Whether it lives and cannot be proved ready by what is asked."""
    phase = instance.phase
    return isinstance(phase, Starting) and phase.process is not None and phase.deadline is None


def ready_fault(instance: Instance) -> str:
    """Why the question for its readiness is wrong; empty: nothing says so."""
    answers = instance.probes.get(READY_PROBE)
    return "" if answers is None else answers.wrong


def is_candidate(service: Service, instance: Instance) -> bool:
    """Whether it belongs to the generation that is not trusted yet."""
    candidate = service.candidate
    return candidate is not None and instance.key.generation == candidate.number


def reborn(old: Instance, key: Key) -> Instance:
    """The slot in another generation: its identity, PM2's counters, and what has to be over yet."""
    return Instance(
        key=key,
        id=old.id,
        parked=old.parked,
        created=old.created,
        restart_time=old.restart_time,
        excess=old.excess,
    )


def is_stuck(instance: Instance) -> bool:
    """The kernel did not end it in time; it is shown, and nobody waits for it any longer."""
    phase = instance.phase
    return isinstance(phase, Stopping) and phase.killed and phase.deadline is None


def wanted(service: Service) -> list[Instance]:
    """The instances that shall run while the service is wanted up, by slot."""
    members = service.current.instances
    return [members[s] for s in sorted(members) if not (members[s].parked or members[s].leaving)]


def instances(service: Service) -> Iterator[Instance]:
    """All instances of all generations, current generation first."""
    for generation in service.generations:
        yield from generation.instances.values()


def generation_of(service: Service, number: int) -> Generation | None:
    """The generation with this number, if the service still has it."""
    for generation in service.generations:
        if generation.number == number:
            return generation
    return None


class Turn:
    """Mutable, private to one step, thrown away after it."""

    def __init__(self, world: World, now: Now) -> None:
        """Begin with the world as it is; nothing is copied yet."""
        self.before = world
        self.now = now.boot
        self.actions: list[Action] = []
        self.services = world.services
        self.dependents = world.dependents
        self.jobs = world.jobs
        self.answered = world.answered
        self.shutdown = world.shutdown
        self.keeper = world.keeper
        self.stalled_at = world.stalled_at
        self.wall = now.wall
        self.next_id = world.next_id
        self.spawning = world.spawning
        self.queue = world.queue
        self.remotes = world.remotes
        self._agenda: list[Due] | None = None
        self._dirty: dict[str, dict[Key, None] | None] = {}
        """Services to be settled, with those of their instances that are; None: all of them."""

    # -- reading -----------------------------------------------------------------------------------

    def instance(self, key: Key) -> Instance | None:
        """The instance as it stands now in this step."""
        service = self.services.get(key.service)
        generation = None if service is None else generation_of(service, key.generation)
        return None if generation is None else generation.instances.get(key.slot)

    def spec(self, instance: Instance) -> ServiceSpec:
        """The definition this instance runs under: that of its generation."""
        service = self.services[instance.key.service]
        generation = generation_of(service, instance.key.generation)
        return service.spec if generation is None else generation.spec

    def due_now(self) -> list[Key]:
        """Instances whose soonest deadline has come."""
        keys: list[Key] = []
        for entry in self.before.agenda:
            if entry.at > self.now:
                break
            keys.append(entry.key)
        return keys

    # -- writing -----------------------------------------------------------------------------------

    def emit(self, action: Action) -> None:
        """Add one action; the runtime performs them in this order."""
        self.actions.append(action)

    def say(self, instance: Instance, word: Word, detail: str = "", *, lasted: float = 0.0) -> None:
        """Tell people what happened to this instance, and for how long it had been so."""
        self.emit(
            Changed(
                key=instance.key,
                run=instance.run,
                event=word,
                phase=phase_name(instance),
                ready=is_ready(instance),
                detail=detail,
                lasted=lasted,
            )
        )

    def put(self, instance: Instance) -> Instance:
        """Store a changed instance, keep the agenda true, and have its service settled."""
        key = instance.key
        before = self.instance(key)
        self._reschedule(key, None if before is None else due(before), due(instance))
        self.spawning += is_asked_for(instance) - (before is not None and is_asked_for(before))
        self._put_instances(key, instance)
        if before is not None and self._is_private(before, instance):
            self.touch_instance(key)
        else:
            self.touch(key.service)
        return instance

    def tell(self, remote: Remote, word: Word, detail: str = "") -> None:
        """Tell people what happened to this remote."""
        state = remote.state
        self.emit(
            RemoteChanged(
                remote=remote.spec.name,
                event=word,
                state=str(type(state).__struct_config__.tag),
                ok=isinstance(state, Up | Recovered),
                detail=detail,
            )
        )

    def put_remote(self, remote: Remote) -> Remote:
        """Store a changed remote. There are few: their deadlines need no agenda."""
        self.remotes = {**self.remotes, remote.spec.name: remote}
        return remote

    def drop(self, instance: Instance) -> None:
        """Forget an instance that is down and not part of the definition any more."""
        self._reschedule(instance.key, due(instance), None)
        self.spawning -= is_asked_for(instance)
        self._put_instances(instance.key, None)
        self.touch(instance.key.service)

    def put_service(self, service: Service) -> Service:
        """Store a changed service and have it settled."""
        self._store(service)
        self.touch(service.spec.name)
        return service

    def drop_service(self, name: str) -> None:
        """Forget a service that has no live instance."""
        for instance in instances(self.services[name]):
            self._reschedule(instance.key, due(instance), None)
            self.spawning -= is_asked_for(instance)
        self.services = {other: kept for other, kept in self.services.items() if other != name}
        if not self.services:
            self.next_id = 0

    def put_job(self, job: Job) -> None:
        """Store an open request."""
        self.jobs = {**self.jobs, job.id: job}

    def drop_job(self, job_id: str) -> Job:
        """Forget a request that is answered."""
        job = self.jobs[job_id]
        self.jobs = {other: kept for other, kept in self.jobs.items() if other != job_id}
        return job

    def answer(self, job: Job, done: JobDone) -> None:
        """Answer an accepted request, and remember how: the daemon may end before it is told."""
        said = Answered(job.id, job.services, done.outcome, done.result, done.detail)
        self.answered = (*self.answered[1 - ANSWERS_KEPT :], said)
        self.emit(done)

    def is_known(self, job_id: str) -> bool:
        """Whether this request was accepted before: it is carried out once, however often sent."""
        return job_id in self.jobs or any(each.id == job_id for each in self.answered)

    # -- places for starts -------------------------------------------------------------------------

    def has_place(self, instance: Instance, phase: Waiting) -> bool:
        """Whether one more start may be asked for; else the instance is queued for it."""
        if not self.before.spawn_limit or self.spawning < self.before.spawn_limit:
            return True
        if not phase.queued:
            self.queue = (*self.queue, instance.key)
            self.put(replace(instance, phase=replace(phase, queued=True)))
        return False

    def call_next(self) -> bool:
        """Have the first of the queue try again if there is a place; whether there was one."""
        if not self.queue or not self.keeper or self.spawning >= self.before.spawn_limit:
            return False
        key, self.queue = self.queue[0], self.queue[1:]
        instance = self.instance(key)
        if instance is not None and isinstance(instance.phase, Waiting):
            self.put(replace(instance, phase=replace(instance.phase, queued=False)))
        return True

    # -- what is left to settle --------------------------------------------------------------------

    def touch(self, name: str) -> None:
        """Have the state-triggered rules of this service looked at (again)."""
        self._dirty[name] = None

    def touch_instance(self, key: Key) -> None:
        """The same for one instance, and for the service as a whole but not its other instances."""
        touched = self._dirty.setdefault(key.service, {})
        if touched is not None:
            touched[key] = None

    def next_touched(self) -> tuple[Service, list[Key]] | None:
        """Take one service, and those instances of it, whose rules must be looked at.

        None when all is settled.
        """
        while self._dirty:
            name = next(iter(self._dirty))
            touched = self._dirty.pop(name)
            service = self.services.get(name)
            if service is not None:
                every = touched is None
                return service, [i.key for i in instances(service)] if every else list(touched)
        return None

    def result(self) -> tuple[World, tuple[Action, ...]]:
        """The new world (the old object if nothing changed) and the actions."""
        old = self.before
        agenda = old.agenda if self._agenda is None else tuple(self._agenda)
        new = World(
            services=self.services,
            dependents=self.dependents,
            jobs=self.jobs,
            answered=self.answered,
            agenda=agenda,
            shutdown=self.shutdown,
            keeper=self.keeper,
            stalled_at=self.stalled_at,
            next_id=self.next_id,
            spawn_limit=self.before.spawn_limit,
            spawning=self.spawning,
            queue=self.queue,
            remotes=self.remotes,
        )
        unchanged = all(
            getattr(new, name) is getattr(old, name) for name in World.__struct_fields__
        )
        return (old if unchanged else new), tuple(self.actions)

    # -- details -----------------------------------------------------------------------------------

    def _is_private(self, before: Instance, after: Instance) -> bool:
        """Whether a change is nothing to the other instances of the service.

        To them matters who is ready (rule 10), and who is being recovered; and while generations
        or instances are replaced, everything.
        """
        service = self.services[after.key.service]
        alone = service.candidate is None and not service.older
        calm = before.incident is None and after.incident is None
        settled = service.rollout is None or isinstance(service.rollout, Settled)
        return alone and calm and settled and is_ready(before) == is_ready(after)

    def _store(self, service: Service) -> None:
        if self.services is self.before.services:
            self.services = dict(self.services)
        self.services[service.spec.name] = service

    def _put_instances(self, key: Key, instance: Instance | None) -> None:
        service = self.services[key.service]
        generation = generation_of(service, key.generation)
        if generation is None:
            raise KeyError(key)
        members = dict(generation.instances)
        if instance is None:
            del members[key.slot]
        else:
            members[key.slot] = instance
        changed = replace(generation, instances=members)
        if generation is service.current:
            self._store(replace(service, current=changed))
            return
        if generation is service.candidate:
            self._store(replace(service, candidate=changed))
            return
        kept = [changed if old is generation else old for old in service.older]
        self._store(replace(service, older=tuple(old for old in kept if old.instances)))

    def _reschedule(self, key: Key, old: float | None, new: float | None) -> None:
        if old == new:
            return
        if self._agenda is None:
            self._agenda = list(self.before.agenda)
        if old is not None:
            del self._agenda[bisect_left(self._agenda, Due(old, key))]
        if new is not None:
            entry = Due(new, key)
            self._agenda.insert(bisect_left(self._agenda, entry), entry)
