"""The decision core of usher: `step(world, event, now) -> (world, actions)`.

Theory of operation
===================

The world is a value. A step takes it, one event and the time, and returns the next world and what
the runtime has to do. There is no clock, no I/O and no chance in here, so a journal of
`(event, now)` replays to the same world, and a year of operation can be tested in a second.

State. A *service* has a wish, `want` = up or down, and *generations*: one current, older ones that
still have live processes, and, during a reload, a candidate. A generation is one definition and
its *instances*; an instance is a slot, known by its key (service, generation, slot), and by its
PM2 id, which the slot keeps across generations. It is in exactly one *phase*, and `run` counts its
incarnations. `parked` is the wish of a person for a single instance: down, whatever others want.
Wish and phase are two things: an event changes one of them, and the step then closes the gap as
far as it can be closed now.

Two phases of a step. `apply` lets the event change what the event itself says, nothing else.
`settle` then takes every transition that the *state* asks for, to a fixed point: something waits
and what it needs is there, something runs and is not wanted, a deadline has come. Deadlines are no
timers, only instants in the state: `Tick` merely says that time has passed. A transition
that two events could cause is therefore written once, and none can be missed because the events
came in another order.

Rules, in order of priority:

 1. An observation that is not of the current run of its instance, or cannot be true in its phase,
    is dropped. table.py says which phases accept what.
 2. Shutdown: every service is wanted down, and nothing is ever spawned again.
 3. Stop makes a service and everything that needs it wanted down; Start makes it and everything
    it needs wanted up. Nothing is spawned before what it needs is there.
 4. Intended stops go in reverse order: a service is signalled when nothing that needs it is
    alive. Stops because of a failure (not ready in time, probe) obey no order, and restarts
    leave dependents alone unless `restart_with` says otherwise.
 5. The stop signal first; SIGKILL not before the stop timeout; after the kill timeout the request
    ends with kill-timeout and the phase stays stopping: an unkillable process is shown.
 6. An instance has a live run exactly in starting, running, draining and stopping: hence never
    two. A slot has two only while generations change, and they are of different generations.
 7. The end of a run: wanted down, parked, or replaced by its successor -> inactive; ended for a
    restart -> waiting; success, or a code, that is meant to be the end -> exited; of a candidate ->
    failed, which rejects its generation; else the restart policy decides (restart.py).
 8. Being ready for `stable_after` forgets the attempts; a person's start forgets everything.
 9. Every request is answered exactly once: done, failed with a result, superseded by a later one
    that wants something else, or refused. What is being reloaded is changed by nothing but a stop.
10. Our own actions never leave fewer ready instances than min(wanted, ready at the start): a reload
    ends an instance only when its successor is proved, and takes a failed generation back slot by
    slot (rollout.py). Only in place, where there is nothing beside, one is out at a time: then the
    floor is min(wanted - 1, ready at the start) (rolling.py).
11. What we restart by ourselves is bounded: crashes by start limit and budget, memory by the same
    budget, changed files by a storm breaker (automatic.py). None of it starts what a person
    stopped.
12. At most `spawn_limit` starts are asked for and not answered at a time; others wait in a queue.

Recovery. A running instance whose probe of scope `self` fails is not ready any more; what is done
about it, step by verified step, stands in recovery.py. Nothing is done to a candidate: it has to
pass by itself. For trouble that lasts, whatever it is, a definition may call a person
(escalation.py).

Remotes, which usher watches and does not run, are values of the same world: remote.py judges their
probes and has done for them what is declared, and nothing else.

Without a keeper (`KeeperLost` to `KeeperBack`) nothing can be spawned or signalled. Requests and
observations are still applied, transitions that need a keeper wait, and there is no deadline.

Cost. A step touches only what changed: deadlines stand in a sorted agenda, who needs whom is
kept turned round, and each service knows the requests that wait for it.
"""

from usher.model.actions import Action
from usher.model.events import Event, Now
from usher.model.world import World
from usher.policy import remote
from usher.policy.apply import apply
from usher.policy.settle import settle
from usher.policy.turn import Turn


def step(world: World, event: Event, now: Now) -> tuple[World, tuple[Action, ...]]:
    """Decide what follows from one event.

    `now` must not be earlier than in the step before. The actions are to be performed in order
    before the next step. A world that does not change is returned as the same object.
    """
    turn = Turn(world, now)
    apply(turn, event)
    settle(turn)
    return turn.result()


def next_deadline(world: World) -> float | None:
    """The boot-clock instant at which a Tick is due; None if only events can change anything."""
    if not world.keeper:
        return None
    dues = [at for each in world.remotes.values() if (at := remote.due(each)) is not None]
    if world.agenda:
        dues.append(world.agenda[0].at)
    return min(dues, default=None)
