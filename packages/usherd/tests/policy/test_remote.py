"""Remotes as stories: what is seen, what is done and when, and how it is proved."""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usher.model import actions as act
from usher.model import events as ev
from usher.model.remote import Held, Pending, Recovered, Remote, Up, Verifying, Waking
from usher.model.spec import ProbeSpec, RecoveryLimits, RecoveryStep, RemoteSpec, Wake
from usher.model.target import CommandTarget, HttpTarget
from usher.model.world import World, read_world
from usher.policy.remote_status import remote_views
from usher.policy.step import next_deadline, step

HEALTH = ProbeSpec("health", HttpTarget("https://api.example/health"), failures=3, passes=2)
SOCKET = msgspec.structs.replace(HEALTH, name="socket")
DATABASE = msgspec.structs.replace(HEALTH, name="database", scope="dependency")
RESTART = RecoveryStep("restart", HttpTarget("https://platform.example/restart"), verify=100)
SUSPEND = RecoveryStep("suspend", CommandTarget(("suspend",)), next_after=30)
RESUME = RecoveryStep("resume", CommandTarget(("resume",)), verify=100)


class Remotes:
    """The world, a clock, and what was told and asked for."""

    def __init__(self, *specs: RemoteSpec) -> None:
        self.world = World()
        self.boot = 1000.0
        self.told: list[tuple[float, str, str, str]] = []
        self.deeds: list[tuple[float, act.Recover]] = []
        self.journal: list[tuple[ev.Event, ev.Now]] = []
        self.feed(ev.PlanChanged("plan", "test", (), remotes=specs))
        for spec in specs:
            self.answer(*[True] * 2, remote=spec.name, every=0)

    def feed(self, event: ev.Event) -> None:
        now = ev.Now(self.boot, self.boot)
        self.journal.append((event, now))
        self.world, actions = step(self.world, event, now)
        for action in actions:
            if isinstance(action, act.RemoteChanged):
                self.told.append((self.boot, action.remote, action.event, action.detail))
            if isinstance(action, act.Recover):
                self.deeds.append((self.boot, action))

    def wait(self, seconds: float) -> None:
        until = self.boot + seconds
        while (due := next_deadline(self.world)) is not None and due <= until:
            self.boot = max(self.boot, due)
            self.feed(ev.Tick())
            assert next_deadline(self.world) != due, "a tick has to change what was due"
        self.boot = until

    def __getitem__(self, name: str) -> Remote:
        return self.world.remotes[name]

    def answer(
        self,
        *oks: bool,
        remote: str = "backend",
        of: str = "",
        every: float = 2.0,
        **more: Any,
    ) -> None:
        """Answers of one probe (of all that accuse the remote itself), one after the other."""
        for ok in oks:
            self.wait(every)
            for probe in self[remote].spec.probes:
                if probe.name == of or (not of and probe.scope == "self"):
                    said = ev.RemoteAnswered(
                        remote, self[remote].run, probe.name, ok, "200" if ok else "503", **more
                    )
                    self.feed(said)

    def acted(self, *, ok: bool = True, remote: str = "backend") -> None:
        self.feed(ev.RemoteActed(remote, self[remote].attempt, ok, "200" if ok else "500"))

    def words(self, remote: str = "backend") -> list[str]:
        return [word for _, name, word, _ in self.told if name == remote]

    def steps(self, remote: str = "backend") -> list[tuple[float, str]]:
        """What was carried out, and when since the first."""
        found = [(at, deed.step) for at, deed in self.deeds if deed.remote == remote]
        return [(at - found[0][0], self[remote].spec.recover[number].name) for at, number in found]


def backend(*recover: RecoveryStep, **more: Any) -> RemoteSpec:
    plain = RemoteSpec("backend", (HEALTH, SOCKET), recover=recover)
    return msgspec.structs.replace(plain, **more)


def test_it_is_up_when_every_probe_passed() -> None:
    remotes = Remotes(backend())
    assert isinstance(remotes["backend"].state, Up)
    assert remotes.words() == ["watching", "ready"]


def test_a_restart_is_carried_out_once_and_verified() -> None:
    remotes = Remotes(backend(RESTART))
    remotes.told.clear()
    remotes.answer(False, False, False, of="socket")
    assert remotes.told[1][2:] == (
        "unreachable",
        "socket failed 3 times in a row: 503; health still passes",
    )
    assert remotes.steps() == [(0, "restart")], "at once: that is our default"
    remotes.acted()
    assert isinstance(remotes["backend"].state, Verifying)
    remotes.answer(False, False, of="socket")
    remotes.answer(True, True, of="socket", every=20)
    assert isinstance(remotes["backend"].state, Recovered)
    told = "socket passes again 48 s after its first failure; done: restart"
    assert remotes.told[-1][2:] == ("recovered", told)
    remotes.wait(60)
    assert isinstance(remotes["backend"].state, Up)
    assert remotes.words() == [
        "probe-failing", "unreachable", "acting", "acted", "recovered", "confirmed"
    ]  # fmt: skip
    assert len(remotes.steps()) == 1


def test_steps_escalate_at_their_times() -> None:
    """The seeds' way: restart after 5 minutes, look at the environment after 10."""
    look = RecoveryStep("compare", CommandTarget(("usher", "env")), after=600)
    remotes = Remotes(backend(msgspec.structs.replace(RESTART, after=300), look))
    remotes.answer(False, False, False)
    down = remotes.boot
    remotes.wait(299)
    assert remotes.deeds == []
    remotes.wait(1)
    remotes.acted()
    remotes.wait(400)
    remotes.acted()
    assert [at - down for at, _ in remotes.deeds] == [300, 600]
    remotes.wait(200)
    assert remotes.words()[-2:] == ["in-vain", "held"]


def test_suspend_waits_and_resumes_whatever_the_first_was_answered() -> None:
    remotes = Remotes(backend(SUSPEND, RESUME))
    remotes.answer(False, False, False)
    remotes.acted(ok=False)
    remotes.answer(False, every=15)
    remotes.wait(15)
    assert remotes.steps() == [(0, "suspend"), (30, "resume")], "no gap within one thing"
    assert len(remotes["backend"].acted) == 1, "and it counts once"


def test_what_was_suspended_is_resumed_even_if_it_answers_meanwhile() -> None:
    remotes = Remotes(backend(SUSPEND, RESUME))
    remotes.answer(False, False, False)
    remotes.acted()
    remotes.answer(True, True, True)
    remotes.wait(30)
    assert remotes.steps() == [(0, "suspend"), (30, "resume")]
    remotes.acted()
    remotes.answer(True)
    assert remotes.words()[-1] == "recovered"


def test_what_cannot_be_carried_out_is_tried_once_more() -> None:
    remotes = Remotes(backend(RESTART, RESUME))
    remotes.answer(False, False, False)
    for _ in range(3):
        remotes.acted(ok=False)
        remotes.wait(60)
    assert remotes.steps() == [(0, "restart"), (60, "restart"), (120, "resume")]


def test_after_vain_steps_it_is_held_and_in_the_end_left_to_a_person() -> None:
    remotes = Remotes(backend(RESTART, limits=RecoveryLimits(hold=900, tries=2)))
    remotes.answer(False, False, False)
    for _ in range(3):
        remotes.acted()
        remotes.wait(100)
        remotes.wait(900)
    assert remotes.steps() == [(0, "restart"), (1000, "restart"), (2000, "restart")]
    assert remotes["backend"].state == Held(remotes["backend"].state.outage, None)  # type: ignore[union-attr]
    assert remotes.words()[-1] == "failed"
    remotes.wait(100_000)
    assert len(remotes.deeds) == 3
    remotes.answer(True, True)
    assert remotes.words()[-1] == "recovered"


def test_a_relapse_goes_on_with_the_next_step() -> None:
    remotes = Remotes(backend(RESTART, RESUME))
    remotes.answer(False, False, False)
    remotes.acted()
    remotes.answer(True, True, False, False, False)
    assert "relapsed" in remotes.words()
    remotes.wait(60)
    assert remotes.steps() == [(0, "restart"), (60, "resume")], "not before the gap"


def test_what_never_worked_is_left_alone() -> None:
    remotes = Remotes()
    remotes.feed(ev.PlanChanged("new", "test", (), remotes=(backend(RESTART),)))
    remotes.answer(*[False] * 10)
    assert remotes.deeds == []
    assert "probe-never-passed" in remotes.words()


def test_a_probe_that_never_passed_does_not_keep_an_outage_open() -> None:
    """Its question is wrong, and no reason to act on what answers again."""
    remotes = Remotes()
    spec = backend(RESTART, RESUME)
    remotes.feed(ev.PlanChanged("new", "test", (), remotes=(spec,)))
    remotes.answer(True, True, of="health")
    remotes.answer(*[False] * 4, of="socket")
    remotes.answer(False, False, False, of="health")
    remotes.acted()
    remotes.answer(True, True, of="health")
    assert isinstance(remotes["backend"].state, Recovered)
    remotes.answer(*[False] * 40, of="socket", every=30)
    assert remotes.steps() == [(0, "restart")], "it was well again after the first step"
    (view,) = remote_views(remotes.world, ev.Now(remotes.boot, remotes.boot))
    assert (view.status, view.detail) == ("up", "socket has never passed: 503")


def test_that_of_a_remote_whose_probes_all_pass_something_is_still_due_is_said() -> None:
    remotes = Remotes(backend(SUSPEND, RESUME))
    remotes.answer(False, False, False)
    remotes.acted()
    remotes.answer(True, True)
    (view,) = remote_views(remotes.world, ev.Now(remotes.boot, remotes.boot))
    assert view.detail == "all of its probes pass; resume in 26 s"


def test_a_cold_start_is_no_outage() -> None:
    remotes = Remotes(backend(RESTART, wake=Wake(within=90, status=(502,))))
    remotes.answer(False, False, False, late=True)
    assert isinstance(remotes["backend"].state, Waking)
    remotes.answer(*[False] * 10, status=502)
    assert remotes.words()[-1] == "asleep"
    remotes.answer(True, True)
    assert isinstance(remotes["backend"].state, Up)
    assert remotes.words()[-1] == "woke"
    assert remotes.deeds == []


@pytest.mark.parametrize("how", ["refused", "too long"])
def test_a_sleeper_that_does_not_wake_is_down(how: str) -> None:
    remotes = Remotes(backend(RESTART, wake=Wake(within=90)))
    remotes.answer(False, False, False, late=True)
    if how == "refused":
        remotes.answer(False)
    else:
        remotes.answer(*[False] * 50, late=True)
    assert "unreachable" in remotes.words()
    assert len(remotes.deeds) == 1


def test_nothing_is_done_while_what_it_depends_on_is_down() -> None:
    database = RemoteSpec("database", (HEALTH,))
    remotes = Remotes(database, backend(RESTART, depends_on=("database",)))
    remotes.answer(False, False, False, remote="database")
    remotes.answer(False, False, False)
    remotes.wait(600)
    assert remotes.deeds == []
    assert remotes.words().count("withheld") == 1
    remotes.answer(True, True, remote="database")
    back = remotes.boot
    remotes.wait(300)
    assert [30 <= at - back <= 40 for at, _ in remotes.deeds] == [True], "it had 30 s of its own"


def test_a_failing_dependency_of_its_own_degrades_it_and_no_more() -> None:
    remotes = Remotes(backend(RESTART, probes=(HEALTH, DATABASE)))
    remotes.answer(True, False, False, False, of="database")
    remotes.wait(600)
    assert isinstance(remotes["backend"].state, Up)
    assert remotes.words()[-1] == "degraded"
    assert remotes.deeds == []


def test_a_remote_of_which_nothing_accuses_itself_is_up_and_degraded() -> None:
    """Only its certificate or its name is watched: nothing is done for it, and it has a status."""
    edge = msgspec.structs.replace(HEALTH, name="certificate", scope="edge")
    remotes = Remotes(backend(RESTART, probes=(edge, DATABASE)))
    remotes.answer(True, of="certificate")
    assert not isinstance(remotes["backend"].state, Up)
    remotes.answer(True, of="database")
    assert remotes.words() == ["watching", "ready"]
    remotes.answer(False, False, False, of="certificate")
    remotes.wait(600)
    (view,) = remote_views(remotes.world, ev.Now(remotes.boot, remotes.boot))
    assert (view.status, view.detail) == ("degraded", "certificate: 503")
    assert remotes.deeds == []


def test_a_certificate_that_runs_out_is_told_as_such_alone() -> None:
    """As a finding (runtime.certificate_watch): the remote lacks nothing that it needs."""
    tls = msgspec.structs.replace(HEALTH, name="certificate", scope="edge")
    remotes = Remotes(backend(RESTART, probes=(HEALTH, tls)))
    remotes.answer(True, True, of="certificate")
    remotes.answer(*[False] * 5, of="certificate", certificate="warning")
    (view,) = remote_views(remotes.world, ev.Now(remotes.boot, remotes.boot))
    assert (view.status, view.detail) == ("up", "certificate: 503")
    remotes.answer(True, True, of="certificate")
    assert remotes.words() == ["watching", "ready"]
    remotes.answer(*[False] * 3, of="certificate")
    assert remotes.words()[-1] == "degraded", "nobody there is an outage"
    remotes.answer(*[False] * 3, of="certificate", certificate="critical")
    assert remotes.words()[-1] == "restored", "somebody is there again"


def test_all_at_once_is_a_fault_of_ours() -> None:
    specs = [msgspec.structs.replace(backend(RESTART), name=name) for name in "abcd"]
    remotes = Remotes(*specs)
    for name in "abc":
        remotes.answer(False, False, False, remote=name)
    assert [deed.remote for _, deed in remotes.deeds] == ["a", "b"], "two of four are not most"
    remotes.wait(290)
    assert not [deed for _, deed in remotes.deeds if deed.remote == "c"]
    remotes.wait(60)
    assert "c" in [deed.remote for _, deed in remotes.deeds], "not for ever"


def test_a_daemon_that_died_meanwhile_repeats_nothing() -> None:
    remotes = Remotes(backend(RESTART))
    remotes.answer(False, False, False)
    remotes.feed(ev.KeeperLost())
    remotes.wait(50)
    remotes.feed(ev.KeeperBack())
    assert isinstance(remotes["backend"].state, Verifying)
    remotes.answer(True, True)
    assert isinstance(remotes["backend"].state, Recovered)
    assert len(remotes.deeds) == 1


def test_since_when_it_is_watched_outlives_a_new_definition() -> None:
    remotes = Remotes(backend())
    remotes.wait(100)
    remotes.feed(ev.PlanChanged("again", "test", (), remotes=(backend(RESTART),)))
    assert remotes["backend"].created == 1000.0


def test_stale_answers_change_nothing() -> None:
    remotes = Remotes(backend(RESTART))
    before = remotes.world
    remotes.feed(ev.RemoteAnswered("backend", 99, "health", ok=False))
    remotes.feed(ev.RemoteAnswered("gone", 1, "health", ok=False))
    remotes.feed(ev.RemoteActed("backend", 99, ok=True))
    assert remotes.world is before


def test_a_person_begins_again_and_ends_the_watch() -> None:
    remotes = Remotes(backend(RESTART))
    remotes.answer(False, False, False)
    remotes.feed(ev.PlanChanged("again", "test", (), remotes=(backend(RESTART),)))
    remotes.answer(False, False, False)
    assert len(remotes.deeds) == 2, "it is known that its probes can pass"
    remotes.feed(ev.Dismiss("away", "test", ("backend",)))
    assert remotes.world.remotes == {}
    assert next_deadline(remotes.world) is None


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["health", "socket", "acted", "wait", "lost"]),
        st.booleans(),
        st.floats(0.5, 200),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(ANSWERS)
def test_whatever_happens_the_limits_hold(story: list[tuple[str, bool, float]]) -> None:
    limits = RecoveryLimits(gap=60, count=3, window=900, hold=300, tries=2)
    steps = (RESTART, SUSPEND, RESUME)
    remotes = Remotes(backend(*steps, limits=limits, wake=Wake(within=40)))
    for what, ok, after in story:
        match what:
            case "acted":
                remotes.acted(ok=ok)
            case "wait":
                remotes.wait(after)
            case "lost":
                remotes.feed(ev.KeeperLost())
                remotes.feed(ev.KeeperBack())
            case _:
                remotes.answer(*[ok] * 3, of=what, late=after > 100)
        _rules_hold(remotes, limits)
    replayed = World()
    for event, now in remotes.journal:
        replayed, _ = step(replayed, event, now)
    assert replayed == remotes.world == read_world(msgspec.json.encode(remotes.world))


def _rules_hold(remotes: Remotes, limits: RecoveryLimits) -> None:
    """Never too often, one at a time, and only for what is down."""
    halves = [deed for _, deed in remotes.deeds if deed.step == 2]
    whole = [at for at, deed in remotes.deeds if deed not in halves]
    assert all(later - at >= limits.gap for at, later in itertools.pairwise(whole))
    for at in whole:
        assert sum(at <= other < at + limits.window for other in whole) <= limits.count
    assert [deed.attempt for _, deed in remotes.deeds] == [*range(1, len(remotes.deeds) + 1)]
    state = remotes["backend"].state
    answers = remotes["backend"].probes.values()
    if isinstance(state, Up | Recovered):
        assert not any(each.failing for each in answers)
    if isinstance(state, Pending) and not state.chained:
        assert any(each.failing for each in answers)
