"""Phase 1 of a step: one function for each event, changing only what the event says.

What follows from the changed state is left to settle.py. Requests are checked as a whole before
they change anything; observations reach this file only if table.py accepts them.
"""

from typing import Final

from usher.model.actions import Steer
from usher.model.events import (
    Adopted,
    CheckDone,
    Diagnosed,
    Drained,
    Event,
    Examined,
    ExternalsSeen,
    FilesChanged,
    KeeperBack,
    KeeperLost,
    Lost,
    MemoryExceeded,
    MemoryWithin,
    Observation,
    ProbeResult,
    ProcessExited,
    Ready,
    Rechecked,
    RemoteActed,
    RemoteAnswered,
    Request,
    Room,
    ScheduleDue,
    Spawned,
    SpawnFailed,
    Stalled,
    Tick,
    Vanished,
)
from usher.model.phase import Checking, Draining, Held, Running, Starting, Stopping, Waiting
from usher.model.spec import ChannelReady, ListeningReady, NotifyReady, Proof
from usher.model.world import Continued, Evidence, Incident, Instance, Service
from usher.policy import (
    automatic,
    blocked,
    externals,
    health,
    lifecycle,
    recovery,
    remote,
    requests,
)
from usher.policy.needs import unfulfilled
from usher.policy.table import is_accepted
from usher.policy.turn import Turn, instances, replace
from usher.policy.words import mebibytes

HEADROOM: Final = 1.2
"""How many times the memory of the old instance must be free for a new one (design, reload)."""


def apply(turn: Turn, event: Event) -> None:
    """Let one event change the working copy."""
    match event:
        case Request():
            requests.accept(turn, event)
        case Observation():
            instance = turn.instance(event.key)
            # Rule 1: what is not of the current run, or cannot be true in this phase, is dropped.
            if instance and instance.run == event.run and is_accepted(instance.phase, event):
                _observation(turn, instance, event)
            elif instance is None and isinstance(event, Examined):
                automatic.candidate_examined(turn, event)
        case Tick():
            for key in turn.due_now():
                turn.touch_instance(key)
            remote.tick(turn)
        case RemoteAnswered():
            remote.answered(turn, event)
        case RemoteActed():
            remote.acted(turn, event)
        case ScheduleDue(service=name) if name in turn.services:
            automatic.schedule_due(turn, turn.services[name])
        case FilesChanged(service=name, path=path) if name in turn.services:
            automatic.files_changed(turn, turn.services[name], path)
        case ScheduleDue() | FilesChanged():
            pass  # it was deleted meanwhile
        case Stalled():
            turn.stalled_at = turn.now
        case KeeperLost():
            turn.keeper = False
        case KeeperBack():
            turn.keeper = True
            for service in turn.services.values():
                _keeper_back(turn, service)
            remote.keeper_back(turn)


# -- observations ----------------------------------------------------------------------------------


def _observation(turn: Turn, instance: Instance, event: Observation) -> None:
    match event:
        case Spawned() | SpawnFailed() if not _spawn_unanswered(instance):
            pass
        case Spawned(pid=pid):
            lifecycle.spawned(turn, instance, pid)
        case SpawnFailed():
            lifecycle.ended(turn, instance, event)
        case Ready():
            _said_ready(turn, instance)
        case ProbeResult():
            health.answered(turn, instance, event)
        case ProcessExited(status=status):
            lifecycle.ended(turn, instance, status)
        case Examined() | Rechecked():
            blocked.seen(turn, instance, event)
        case Drained():
            if isinstance(instance.phase, Draining):
                turn.put(replace(instance, phase=replace(instance.phase, until=turn.now)))
        case Diagnosed():
            recovery.diagnosed(turn, instance, event)
        case CheckDone():
            _checked(turn, instance, event)
        case ExternalsSeen(missing=missing):
            externals.seen(turn, instance, missing)
        case MemoryExceeded() | MemoryWithin():
            automatic.memory_read(turn, instance, event)
        case Adopted(pid=pid):
            _adopted(turn, instance, pid)
        case Lost():
            turn.say(instance, "lost", "its process was not found any more")
            lifecycle.ended(turn, instance, Vanished())
        case _:
            raise TypeError(f"cannot apply {event!r}: it is no observation we know")


def _spawn_unanswered(instance: Instance) -> bool:
    return isinstance(instance.phase, Starting) and instance.phase.process is None


_SAID: dict[type[Proof], str] = {
    NotifyReady: "it said READY=1",
    ChannelReady: "it said ready",
    ListeningReady: "it listens",
}


def _said_ready(turn: Turn, instance: Instance) -> None:
    phase = instance.phase
    how = _SAID.get(type(turn.spec(instance).ready.proof))
    if isinstance(phase, Starting) and phase.process and how is not None:
        instance = lifecycle.become_ready(turn, instance, phase.process, how)
    if isinstance(instance.phase, Running) and how == _SAID[ListeningReady]:
        turn.put(replace(instance, phase=replace(instance.phase, listens=True)))


def _checked(turn: Turn, instance: Instance, event: CheckDone) -> None:
    findings = (*event.findings, *_no_room(instance, event.room))
    if findings:
        lifecycle.refused(turn, instance, "; ".join(findings))
    elif unfulfilled(turn.services, turn.spec(instance)) or not turn.keeper:
        # What it needs went away meanwhile: the check is made again when it is back.
        lifecycle.wait(turn, instance, check=True)
    elif isinstance(instance.phase, Checking):
        lifecycle.spawn(turn, instance, instance.run)


def _no_room(instance: Instance, room: Room | None) -> tuple[str, ...]:
    """A second instance of this size beside the first must not drive the host out of memory."""
    if room is None or room.free >= room.used * HEADROOM:
        return ()
    free = f"{mebibytes(room.free)} free, {HEADROOM:g} times {mebibytes(room.used)} needed"
    way_out = "--in-place replaces one instance after the other"
    return (f"no room for a second {instance.key} beside the first: {free}; {way_out}",)


def _adopted(turn: Turn, instance: Instance, pid: int) -> None:
    """Watched again: what was asked is asked anew, what was counted stays counted."""
    phase = instance.phase
    if _spawn_unanswered(instance):
        instance = lifecycle.spawned(turn, instance, pid)
        turn.say(instance, "adopted", f"pid {pid}")
        return
    if isinstance(phase, Starting):
        patience = turn.spec(instance).ready.timeout
        phase = replace(phase, deadline=turn.now + patience)
        instance = turn.put(replace(instance, phase=phase))
    elif isinstance(phase, Running) and instance.incident is not None:
        instance = _incident_adopted(turn, instance, instance.incident)
    turn.say(instance, "adopted", f"pid {pid}")
    lifecycle.start_probes(turn, instance)


def _incident_adopted(turn: Turn, instance: Instance, incident: Incident) -> Instance:
    """Nobody answers any more what was asked before: the next failing answer asks anew."""
    if isinstance(incident.stage, Evidence):
        return turn.put(replace(instance, incident=None))
    if isinstance(incident.stage, Continued):
        return recovery.await_continued(turn, instance, incident)
    return instance


def _keeper_back(turn: Turn, service: Service) -> None:
    """What was held back may happen now; what may not have reached the old keeper is said again."""
    turn.touch(service.spec.name)
    if lifecycle.has_steering(service.spec):
        turn.emit(Steer(service=service.spec.name, keys=service.facts.serving))
    for instance in instances(service):
        match instance.phase:
            case Checking():
                lifecycle.ask_check(turn, instance)
            case Waiting():
                externals.ask_again(turn, instance, instance.phase)
            case Held():
                blocked.ask_again(turn, instance, instance.phase)
            case Draining() | Stopping():
                lifecycle.stop_again(turn, instance, instance.phase)
            case _:
                pass
