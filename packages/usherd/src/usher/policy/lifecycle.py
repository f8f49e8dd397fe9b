"""The transitions of one instance: each function moves it to one next phase and says so.

Who decides *that* a transition happens is apply.py (an event) or settle.py (the state); what it
consists of stands here, once.
"""

from usher.model.actions import Check, Drain, Examine, Signal, Spawn, StartProbes, StopProbes, Tell
from usher.model.events import ExitStatus, Key, SpawnFailed, Vanished
from usher.model.fault import Fault
from usher.model.phase import (
    Backoff,
    Checking,
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Process,
    Result,
    Running,
    Starting,
    Stopping,
    Trial,
    Waiting,
    Why,
)
from usher.model.spec import AliveFor, ChannelReady, ListeningReady, ProbeReady, Proof, ServiceSpec
from usher.model.world import (
    History,
    Incident,
    Instance,
    ProbeCount,
    Recovered,
    Replacing,
    Rolling,
    Service,
)
from usher.policy import restart
from usher.policy.needs import unfulfilled, unfulfilled_words
from usher.policy.turn import (
    READY_PROBE,
    Turn,
    instances,
    is_candidate,
    is_live,
    is_ready,
    replace,
)
from usher.policy.words import result_of, seconds, signal_name, status_words

HUNG_STOP_PATIENCE = 3.0
"""Seconds between the stop signal and SIGKILL for a process that does not answer its probe."""

TAKEN_UP = 5.0
"""Seconds that connections which came before the steering get at most, on a starved host: they
are in the queue, or accepted and not read yet. Who watches them says earlier that they are gone."""

SIGKILL = 9

# -- up --------------------------------------------------------------------------------------------


def start_fresh(turn: Turn, instance: Instance) -> Instance:
    """A person wants it: forget its past failures and wait for what it needs (rule 8)."""
    fresh = replace(
        instance,
        phase=Waiting(since=turn.now),
        parked=False,
        unstable=0,
        history=History(),
        probes={},
        incident=None,
        escalation=None,
    )
    return turn.put(fresh)


def wait(turn: Turn, instance: Instance, *, check: bool) -> Instance:
    """Wait for what it needs; tell people if that is not there."""
    waiting = turn.put(replace(instance, phase=Waiting(since=turn.now, check=check)))
    missing = unfulfilled(turn.services, turn.spec(instance))
    if missing:
        turn.say(waiting, "waiting", unfulfilled_words(missing))
    return waiting


def check(turn: Turn, instance: Instance) -> Instance:
    """Ask for the safety check of the run that is to be started."""
    checking = replace(instance, run=instance.run + 1, phase=Checking(since=turn.now))
    ask_check(turn, checking)
    return turn.put(checking)


def ask_check(turn: Turn, instance: Instance) -> None:
    """Ask for the check; beside a predecessor of the same slot there must be room for both."""
    service = turn.services[instance.key.service]
    beside = None
    if is_candidate(service, instance):
        old = service.current.instances.get(instance.key.slot)
        beside = old.key if old is not None and is_live(old) else None
    turn.emit(Check(key=instance.key, run=instance.run, beside=beside))


def spawn(turn: Turn, instance: Instance, run: int) -> Instance:
    """Ask for the process of run `run`."""
    spec = turn.spec(instance)
    started = replace(
        instance,
        run=run,
        phase=Starting(deadline=turn.now + spec.ready.timeout),
        probes=_for_new_run(instance.probes),
    )
    turn.put(started)
    turn.emit(Spawn(key=instance.key, run=run))
    attempt = started.history.restarts
    turn.say(started, "starting", f"restart {attempt}" if attempt else "")
    return started


def spawned(turn: Turn, instance: Instance, pid: int) -> Instance:
    """The process runs; from here on the proof of readiness is awaited."""
    ready = turn.spec(instance).ready
    lives_for, only_lives = _life_as_proof(turn, instance, ready.proof)
    phase = Starting(
        deadline=turn.now + ready.timeout,
        process=Process(pid=pid, since=turn.now),
        alive_at=None if lives_for is None else turn.now + lives_for,
        only_lives=only_lives,
    )
    started = turn.put(replace(instance, phase=phase))
    turn.say(started, "started", f"pid {pid}")
    start_probes(turn, started)
    return started


def _life_as_proof(turn: Turn, instance: Instance, proof: Proof) -> tuple[float | None, bool]:
    """Seconds of life that prove readiness (None: they never do), and whether nothing else can."""
    match proof:
        case AliveFor(seconds=needed):
            return needed, True
        case ChannelReady(or_alive=needed):
            return needed, False
        case ListeningReady(or_alive=patience) if not _has_to_listen(turn, instance):
            if _is_known_to_be_silent(turn, instance, patience):
                return min(patience, AliveFor().seconds), True
            return patience, False
        case _:
            return None, False


def _has_to_listen(turn: Turn, instance: Instance) -> bool:
    """A new release of something that listens is broken when it only lives."""
    service = turn.services[instance.key.service]
    seen = _others(service, instance)
    return is_candidate(service, instance) and any(each.listens for each in seen)


def _is_known_to_be_silent(turn: Turn, instance: Instance, patience: float) -> bool:
    """Whether nothing of its kind listens although it had `patience` seconds to begin with it."""
    seen = _others(turn.services[instance.key.service], instance)
    if any(each.listens for each in seen):
        return False
    return any(turn.now - each.process.since >= patience for each in seen)


def _others(service: Service, instance: Instance) -> list[Running]:
    """What shows how it is going to behave: its predecessor, else the other instances.

    A predecessor alone counts, since apps may listen in some of their instances only.
    """
    members = service.current.instances
    before = members.get(instance.key.slot)
    if before is not None and before.key != instance.key and isinstance(before.phase, Running):
        return [before.phase]
    return [each.phase for each in members.values() if isinstance(each.phase, Running)]


def become_ready(turn: Turn, instance: Instance, process: Process, how: str) -> Instance:
    """Readiness is proved."""
    spec = turn.spec(instance)
    by_proof = spec.restart.min_uptime is None
    on_trial = is_candidate(turn.services[instance.key.service], instance)
    probes = {name: kept for name, kept in instance.probes.items() if name != READY_PROBE}
    running = replace(
        instance,
        phase=Running(
            process=process,
            since=turn.now,
            stable_at=turn.now + spec.restart.stable_after,
            trial=Trial(until=turn.now + spec.rollout.min_healthy) if on_trial else None,
        ),
        history=replace(instance.history, proven=instance.history.proven or by_proof),
        probes=probes,
    )
    turn.put(running)
    turn.say(running, "ready", f"{how}, {seconds(turn.now - process.since)} after its start")
    stop_probes(turn, instance)
    start_probes(turn, running)
    return running


def start_probes(turn: Turn, instance: Instance) -> None:
    """Ask what is to be asked in this phase: the proof of readiness, or the liveness probes."""
    names = _asked(turn, instance)
    if names:
        turn.emit(StartProbes(key=instance.key, run=instance.run, probes=names))


def stop_probes(turn: Turn, instance: Instance) -> None:
    """End what start_probes began in the phase that the instance is about to leave."""
    if _asked(turn, instance):
        turn.emit(StopProbes(key=instance.key, run=instance.run))


def _asked(turn: Turn, instance: Instance) -> tuple[str, ...]:
    spec = turn.spec(instance)
    match instance.phase:
        case Running():
            return tuple(probe.name for probe in spec.probes)
        case Starting(process=Process()) if isinstance(spec.ready.proof, ProbeReady):
            return (READY_PROBE,)
        case _:
            return ()


# -- down ------------------------------------------------------------------------------------------


def begin_stop(turn: Turn, instance: Instance, why: Why) -> Instance:
    """Take a live process down: steer connections away first where that can help."""
    process = instance.phase.process if isinstance(instance.phase, Starting | Running) else None
    if process is None:
        return instance
    stop_probes(turn, instance)
    patience = _drain_time(turn.spec(instance))
    if patience <= 0 or not _draining_helps(turn, instance):
        return signal_stop(turn, instance, process, why)
    phase = Draining(process=process, until=turn.now + patience, why=why)
    draining = turn.put(replace(instance, phase=phase))
    turn.emit(Drain(key=instance.key, run=instance.run))
    turn.say(draining, "draining", _WHY_WORDS[why])
    return draining


def signal_stop(turn: Turn, instance: Instance, process: Process, why: Why) -> Instance:
    """Ask the process to stop, as its policy says; the kill follows if it is ignored."""
    patience = _stop_patience(turn, instance, why)
    stopping = replace(
        instance, phase=Stopping(process=process, why=why, deadline=turn.now + patience)
    )
    turn.put(stopping)
    asked = ask_to_stop(turn, stopping)
    turn.say(stopping, "stopping", f"{asked}, {_WHY_WORDS[why]}")
    return stopping


def ask_to_stop(turn: Turn, instance: Instance) -> str:
    """Send the stop signal, or say it over the Node channel; in words, which it was."""
    spec = turn.spec(instance)
    if spec.stop.message and spec.channel != "none":
        turn.emit(Tell(key=instance.key, run=instance.run, message="shutdown"))
        return "message shutdown"
    scope = "run" if spec.stop.tree else "process"
    turn.emit(Signal(instance.key, instance.run, spec.stop.signal, scope=scope))
    return signal_name(spec.stop.signal)


def stop_again(turn: Turn, instance: Instance, phase: Draining | Stopping) -> None:
    """A keeper is there again: whether the last one did what was asked, nobody knows."""
    if isinstance(phase, Draining):
        # Connections may have been steered back to it: what it takes to drain begins anew.
        until = turn.now + _drain_time(turn.spec(instance))
        turn.put(replace(instance, phase=replace(phase, until=until)))
        turn.emit(Drain(key=instance.key, run=instance.run))
    elif phase.killed:
        kill(turn, instance)
    else:
        renewed = replace(phase, deadline=turn.now + _stop_patience(turn, instance, phase.why))
        ask_to_stop(turn, turn.put(replace(instance, phase=renewed)))


def _stop_patience(turn: Turn, instance: Instance, why: Why) -> float:
    timeout = turn.spec(instance).stop.timeout
    return min(timeout, HUNG_STOP_PATIENCE) if why == "probe" else timeout


def patience_ended(turn: Turn, instance: Instance, phase: Stopping) -> Instance:
    """The deadline of a stop has come: kill the group, or admit that the kernel does not (5)."""
    stop = turn.spec(instance).stop
    if phase.killed:
        stuck = turn.put(replace(instance, phase=replace(phase, deadline=None)))
        turn.say(stuck, "kill-timeout", f"still there {seconds(stop.kill_timeout)} after SIGKILL")
        return stuck
    killed = replace(phase, killed=True, deadline=turn.now + stop.kill_timeout)
    kill(turn, instance)
    put = turn.put(replace(instance, phase=killed))
    turn.say(put, "killing", "SIGKILL to all that is left of it" if stop.kill_tree else "SIGKILL")
    return put


def kill(turn: Turn, instance: Instance) -> None:
    """SIGKILL to everything of the run, or to the main process only (PM2's treekill: false)."""
    scope = "run" if turn.spec(instance).stop.kill_tree else "process"
    turn.emit(Signal(key=instance.key, run=instance.run, signal=SIGKILL, scope=scope))


# -- the end of a run ------------------------------------------------------------------------------


def ended(turn: Turn, instance: Instance, how: ExitStatus | SpawnFailed) -> None:
    """A run is over, for whatever reason: decide what the instance does next (rule 7)."""
    stop_probes(turn, instance)
    why = instance.phase.why if isinstance(instance.phase, Draining | Stopping) else None
    result, words = _end_words(turn, instance, how)
    if why in ("timeout", "probe"):
        result = why
    last_exit = None if isinstance(how, SpawnFailed) else how
    history = replace(instance.history, result=result, detail=words)
    instance = replace(instance, history=history, last_exit=last_exit)
    turn.say(instance, "exited", words)
    service = turn.services[instance.key.service]
    if is_candidate(service, instance):
        if service.want == "up" and why != "rejected":
            _examine(turn, instance)
        _candidate_ended(turn, service, instance, why)
    elif not is_member(service, instance):
        down = turn.put(replace(instance, phase=Inactive(), incident=None))
        if instance.leaving or service.want == "down":
            turn.say(down, "stopped", "not needed any more")
        else:
            turn.say(down, "retired", "replaced by a newer definition")
        turn.drop(down)
        _hand_slot_on(turn, instance.key)
    elif service.want == "down" or instance.parked or why == "handover":
        down = turn.put(replace(instance, phase=Inactive(), incident=None))
        by_person = service.want == "down" or instance.parked
        turn.say(down, "stopped" if by_person else "retired")
    elif result == "refused":
        refused(turn, instance, words)
    elif why in ("stop", "restart"):
        # A person wants it again: forget. What we restart by ourselves goes on counting; a
        # person's restart has cleared the counters when it came.
        kept = History(result=result, detail=words) if why == "stop" else history
        wait(turn, replace(instance, history=kept, incident=None, probes={}), check=True)
    else:
        _fell(turn, _counted(turn, instance), result, words, replaced=why == "probe")


def _end_words(turn: Turn, instance: Instance, how: ExitStatus | SpawnFailed) -> tuple[Result, str]:
    match how:
        case SpawnFailed(stage="refused", error=error):
            return "refused", error
        case SpawnFailed(stage=stage, error=error):
            return "exec", f"could not be executed ({stage}): {error}"
        case Vanished():
            return "unknown", status_words(how)
        case _:
            process: Process | None = getattr(instance.phase, "process", None)
            age = "" if process is None else f" after {seconds(turn.now - process.since)}"
            return result_of(how), status_words(how) + age


def _candidate_ended(turn: Turn, service: Service, instance: Instance, why: Why | None) -> None:
    """Restarting it would hide what the rollout is to find out: rollout.py draws the conclusion."""
    if service.want == "down" or why == "rejected":
        down = turn.put(replace(instance, phase=Inactive(), incident=None))
        by_person = service.want == "down"
        turn.say(down, "stopped" if by_person else "retired", "its generation was rejected")
        turn.drop(down)
    else:
        result = instance.history.result or "unknown"
        turn.put(replace(instance, phase=Failed(result=result), incident=None))


def _examine(turn: Turn, instance: Instance) -> bool:
    """Have it found out why the run ended; whether there was one that can have said anything."""
    process: Process | None = getattr(instance.phase, "process", None)
    if process is None or instance.last_exit is None:
        return False
    turn.emit(
        Examine(
            key=instance.key,
            run=instance.run,
            process=process,
            status=instance.last_exit,
            by_us=isinstance(instance.phase, Draining | Stopping),
        )
    )
    return True


def refused(turn: Turn, instance: Instance, detail: str) -> None:
    """It must not start here and now; to try again would change nothing."""
    history = replace(instance.history, result="refused", detail=detail)
    phase = Failed(result="refused")
    turn.say(
        turn.put(replace(instance, phase=phase, history=history, incident=None)), "refused", detail
    )


def _counted(turn: Turn, instance: Instance) -> Instance:
    """Count a run that was too short to call its start a success."""
    phase, history = instance.phase, instance.history
    policy = turn.spec(instance).restart
    process: Process | None = getattr(phase, "process", None)
    if policy.min_uptime is None:
        stable = isinstance(phase, Running) or getattr(phase, "why", None) == "probe"
    else:
        stable = process is not None and turn.now - process.since >= policy.min_uptime
        history = replace(history, proven=history.proven or stable)
    return replace(instance, unstable=0 if stable else instance.unstable + 1, history=history)


def _hand_slot_on(turn: Turn, key: Key) -> None:
    """An older generation gave its slot up, on its own or asked to: the current one takes it."""
    service = turn.services[key.service]
    successor = service.current.instances.get(key.slot)
    if service.want == "down" or successor is None or successor.parked:
        return
    if not isinstance(successor.phase, Inactive):
        return
    if isinstance(service.rollout, Rolling):
        todo = tuple(slot for slot in service.rollout.todo if slot != key.slot)
        turn.put_service(replace(service, rollout=replace(service.rollout, todo=todo)))
    start_fresh(turn, successor)


def is_member(service: Service, instance: Instance) -> bool:
    """Whether the slot belongs to the definition that counts now."""
    return instance.key.generation == service.current.number and not instance.leaving


def _fell(turn: Turn, instance: Instance, result: Result, words: str, *, replaced: bool) -> None:
    """It ended, and nobody meant it to stay down: ask the restart policy."""
    spec, history = turn.spec(instance), instance.history
    decision = restart.decide(spec, instance, result, turn.now, at_once=replaced)
    # A process that did not answer was looked at before it was ended; its end says nothing.
    examined = not (replaced or isinstance(decision, restart.Rest)) and _examine(turn, instance)
    match decision:
        case restart.Rest():
            done = turn.put(replace(instance, phase=Exited(), incident=None))
            turn.say(done, "completed", words)
        case restart.GiveUp(result=final, reason=reason):
            detail = f"{words}; {reason}"
            phase = Failed(result=final)
            kept = replace(history, result=final, detail=detail)
            # The unstable runs are counted for this decision; PM2 shows none of them after it.
            failed = replace(instance, phase=phase, unstable=0, history=kept, incident=None)
            gone = turn.put(failed)
            turn.say(gone, "start-limit-hit" if final == "start-limit-hit" else "failed", detail)
        case restart.Hold(seconds=pause, reason=reason):
            phase = Held(cause=result, recheck_at=turn.now + pause, tries=history.tries + 1)
            # The history must not hold what the phase says: the count of tries is carried over
            # to it when the hold ends.
            held = turn.put(replace(instance, phase=phase, incident=None))
            turn.say(held, "held", f"{words}; {reason}; tried again in {seconds(pause)}")
        case restart.Again(delay=delay):
            awaited = examined and spec.restart.heeds_cause and history.attempt
            patience = restart.DIAGNOSIS_PATIENCE if awaited else 0.0
            least = turn.now + delay if delay < patience else None
            phase = Backoff(turn.now + max(delay, patience), result, least)
            kept = replace(history, attempt=history.attempt + 1)
            incident = _unverified(instance.incident)
            later = turn.put(replace(instance, phase=phase, history=kept, incident=incident))
            when = f"in {seconds(delay)}" if delay else "at once"
            turn.say(later, "restarting", f"{when} (attempt {kept.attempt})")


def start_again(turn: Turn, instance: Instance) -> Instance:
    """A backoff or a hold is over: count the automatic start, then wait for what is needed."""
    policy = turn.spec(instance).restart
    history = instance.history
    starts = (*restart.recent_starts(policy, history, turn.now), turn.now)
    match instance.phase:
        case Held(fault=None, tries=tries):
            history = replace(history, attempt=0, tries=tries)
        case Held(fault=Fault(restart="wait")):
            # What it needs was missing: neither the death nor this start speaks against it.
            history = replace(history, attempt=max(0, history.attempt - 1))
            starts = history.starts
        case _:
            pass
    history = replace(history, starts=starts, restarts=history.restarts + 1)
    again = replace(instance, history=history, restart_time=instance.restart_time + 1)
    return wait(turn, again, check=False)


# -- details ---------------------------------------------------------------------------------------

_WHY_WORDS: dict[Why, str] = {
    "stop": "as asked",
    "restart": "to be started anew",
    "timeout": "not ready in time",
    "probe": "its probe fails",
    "handover": "its successor is proved",
    "rejected": "its generation is not proved",
}


def _draining_helps(turn: Turn, instance: Instance) -> bool:
    """It took connections, and another instance that is to stay can take them instead."""
    service = turn.services[instance.key.service]
    if not isinstance(instance.phase, Running) or service.want == "down":
        return False
    return any(is_ready(other) for other in instances(service) if other.key != instance.key)


def _drain_time(spec: ServiceSpec) -> float:
    """Seconds until the stop signal: a worker ends its connections, others lose new ones only."""
    if spec.channel == "cluster":
        return spec.stop.drain_timeout
    if not has_steering(spec) or spec.stop.drain <= 0:
        return 0.0
    return spec.stop.drain + TAKEN_UP


def has_steering(spec: ServiceSpec) -> bool:
    """Whether connections can be steered between instances: each has a socket of its own."""
    return any(socket.mode == "per-instance" for socket in spec.sockets)


def _for_new_run(probes: dict[str, ProbeCount]) -> dict[str, ProbeCount]:
    """A new run is judged anew; that a probe can pass at all stays known."""
    return {name: ProbeCount(passed_ever=True) for name, old in probes.items() if old.passed_ever}


def _unverified(incident: Incident | None) -> Incident | None:
    """An incident outlives the run: its recovery is to be verified with the next one."""
    if incident is None or isinstance(incident.stage, Replacing):
        return incident
    if isinstance(incident.stage, Recovered):
        # The recovery was reported; only a relapse of the same probe makes it a case again.
        return None
    return replace(incident, stage=Replacing())
