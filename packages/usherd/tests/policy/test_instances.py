"""Single instances, their ids, more and fewer of them: what PM2's numbers name."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import Drain, Signal, Spawn
from usher.model.spec import Dependency, ServiceSpec, SocketSpec, TcpAddress
from usher.policy import status

Make = Callable[..., ServiceSpec]
WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")


@pytest.fixture
def web(system: Any, service: Make) -> Any:
    """Three instances that are ready, and something that needs them."""
    host = system(
        service("web", instances=3, sockets=(WEB,)),
        service("shop", depends_on=(Dependency("web"),)),
        start=("shop",),
    )
    host.wait(3)
    host.forget()
    return host


def phases(host: Any, name: str = "web") -> dict[int, str]:
    current = host.world.services[name].current
    return {slot: host.phase(name, slot) for slot in sorted(current.instances)}


# -- ids -------------------------------------------------------------------------------------------


def test_ids_grow_over_all_instances_and_start_anew_when_nothing_is_left(
    system: Any, service: Make
) -> None:
    host = system(service("a", instances=2), service("b"))
    assert [host.instance("a", 0).id, host.instance("a", 1).id, host.instance("b").id] == [0, 1, 2]
    host.ask(ev.Scale, "a", 3)
    assert host.instance("a", 2).id == 3
    host.ask(ev.Delete, ("a",))
    host.feed(ev.PlanChanged("j", "test", (service("c"),)))
    assert host.instance("c").id == 4
    host.ask(ev.Delete, ("b", "c"))
    host.feed(ev.PlanChanged("k", "test", (service("d"),)))
    assert host.instance("d").id == 0


# -- stop and start --------------------------------------------------------------------------------


def test_one_instance_is_stopped_and_the_others_serve(web: Any) -> None:
    job = web.ask(ev.Stop, ("web",), {"web": (1,)})
    assert [each.key.slot for each in web.done(Drain)] == [1]
    web.wait(1)
    assert phases(web) == {0: "running", 1: "inactive", 2: "running"}
    assert web.phase("shop") == "running", "what needs the service needs one instance"
    assert web.answer(job).outcome == "done"
    assert web.world.services["web"].want == "up"


def test_a_stopped_instance_is_not_started_by_anything_but_a_person(web: Any) -> None:
    web.ask(ev.Stop, ("web",), {"web": (1,)})
    web.wait(1)
    web.ask(ev.Start, ("shop",))
    web.feed(ev.ScheduleDue("web"))
    web.wait(10)
    web.feed(ev.FilesChanged("web", "/srv/app.js"))
    web.wait(10)
    assert phases(web) == {0: "running", 1: "inactive", 2: "running"}
    job = web.ask(ev.Start, ("web",), {"web": (1,)})
    web.wait(2)
    assert phases(web) == {0: "running", 1: "running", 2: "running"}
    assert web.answer(job).outcome == "done"


def test_the_last_one_that_is_stopped_stops_the_service(web: Any) -> None:
    web.ask(ev.Stop, ("web",), {"web": (0, 2)})
    web.wait(1)
    assert web.phase("shop") == "running"
    web.ask(ev.Stop, ("web",), {"web": (1,)})
    web.wait(1)
    assert set(phases(web).values()) == {"inactive"}
    assert web.world.services["web"].want == "down"
    assert web.phase("shop") == "inactive"


def test_one_instance_of_a_stopped_service_is_started_alone(web: Any) -> None:
    web.ask(ev.Stop, ("web",))
    web.wait(1)
    web.ask(ev.Start, ("web",), {"web": (2,)})
    web.wait(2)
    assert phases(web) == {0: "inactive", 1: "inactive", 2: "running"}
    web.ask(ev.Start, ("web",))
    web.wait(2)
    assert set(phases(web).values()) == {"running"}


def test_one_instance_is_restarted(web: Any) -> None:
    job = web.ask(ev.Restart, ("web",), {"web": (2,)})
    web.wait(3)
    assert [web.instance("web", slot).run for slot in range(3)] == [1, 1, 2]
    assert [web.instance("web", slot).restart_time for slot in range(3)] == [0, 0, 1]
    assert web.answer(job).outcome == "done"


def test_requests_for_different_instances_do_not_supersede_each_other(web: Any) -> None:
    web.deaf.add("web")
    first = web.ask(ev.Stop, ("web",), {"web": (0,)})
    second = web.ask(ev.Start, ("web",), {"web": (1,)})
    assert web.answer(second).outcome == "done"
    assert web.answer(first) is None
    third = web.ask(ev.Start, ("web",), {"web": (0,)})
    assert web.answer(first).outcome == "superseded"
    web.wait(12)
    assert web.answer(third).outcome == "done"


def test_an_unknown_instance_is_refused(web: Any) -> None:
    answer = web.answer(web.ask(ev.Stop, ("web",), {"web": (7,)}))
    assert answer.outcome == "refused"
    assert answer.detail == "cannot stop web:7: it has no such instance"


def test_the_counters_of_one_instance_are_reset(web: Any) -> None:
    for slot in (0, 1):
        web.exit("web", slot=slot)
    web.ask(ev.ResetFailed, ("web",), {"web": (0,)})
    assert [web.instance("web", slot).restart_time for slot in (0, 1)] == [0, 1]


# -- delete ----------------------------------------------------------------------------------------


def test_one_instance_is_deleted_and_its_slot_stays_free(web: Any) -> None:
    job = web.ask(ev.Delete, ("web",), {"web": (1,)})
    web.wait(1)
    assert phases(web) == {0: "running", 2: "running"}
    assert web.answer(job).outcome == "done"
    assert web.world.services["web"].spec.instances == 2
    assert status.slots(web.world, "web") == (0, 2)


def test_deleting_all_instances_forgets_the_service(web: Any) -> None:
    web.ask(ev.Delete, ("web",), {"web": (1,)})
    web.wait(1)
    job = web.ask(ev.Delete, ("web",), {"web": (0, 2)})
    web.wait(1)
    assert "web" not in web.world.services
    assert web.answer(job).outcome == "done"


# -- scale -----------------------------------------------------------------------------------------


def test_more_take_the_lowest_free_slots(web: Any) -> None:
    web.ask(ev.Delete, ("web",), {"web": (1,)})
    web.wait(1)
    job = web.ask(ev.Scale, "web", 4)
    assert web.answer(job) is None
    web.wait(2)
    assert phases(web) == dict.fromkeys(range(4), "running")
    assert web.answer(job).outcome == "done"
    assert web.instance("web", 1).id > web.instance("web", 2).id, "a new instance, a new id"


def test_fewer_drain_the_highest_slots(web: Any) -> None:
    job = web.ask(ev.Scale, "web", 1)
    assert sorted(each.key.slot for each in web.done(Drain)) == [1, 2]
    assert web.done(Signal) == []
    web.wait(1)
    assert phases(web) == {0: "running"}
    assert web.answer(job).outcome == "done"
    assert web.phase("shop") == "running"


@pytest.mark.parametrize(
    ("number", "result", "detail"),
    [
        (3, "same-count", "cannot scale 'web': it has 3 instances already"),
        (0, "bad-count", "cannot scale 'web' to 0: at least one instance must stay; stop or "),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    number: int, result: str, detail: str, web: Any
) -> None:
    answer = web.answer(web.ask(ev.Scale, "web", number))
    assert (answer.outcome, answer.result) == ("refused", result)
    assert answer.detail.startswith(detail)


def test_a_new_instance_that_fails_fails_the_request(web: Any) -> None:
    web.mortal.add("web")
    job = web.ask(ev.Scale, "web", 4)
    web.wait(30)
    assert web.answer(job).result == "start-limit-hit"
    assert phases(web) == {0: "running", 1: "running", 2: "running", 3: "failed"}


# -- what is kept ----------------------------------------------------------------------------------


def test_what_was_stopped_stays_so_after_a_reboot(system: Any, service: Make, web: Any) -> None:
    web.ask(ev.Stop, ("web",), {"web": (1,)})
    web.ask(ev.Stop, ("shop",))
    web.wait(1)
    saved = status.saved(web.world)
    host = system()
    host.feed(
        ev.PlanChanged(
            "boot",
            "boot",
            saved.services,
            start=saved.up,
            slots=saved.slots,
            stopped=saved.stopped,
        )
    )
    host.feed(ev.ScheduleDue("shop"))
    host.wait(5)
    assert phases(host) == {0: "running", 1: "inactive", 2: "running"}
    assert phases(host, "shop") == {0: "inactive"}


# -- many at once ----------------------------------------------------------------------------------


def test_only_so_many_starts_are_under_way_at_a_time(system: Any, service: Make) -> None:
    host = system()
    host.world = type(host.world)(spawn_limit=4)
    specs = tuple(service(f"s{number}") for number in range(50))
    host.silent |= {spec.name for spec in specs}
    host.feed(ev.PlanChanged("boot", "boot", specs, start=tuple(spec.name for spec in specs)))
    begun = 0
    while waiting := [
        host.instance(spec.name) for spec in specs if host.phase(spec.name) == "checking"
    ]:
        assert len(waiting) <= 4
        first = waiting[0]
        host.feed(ev.CheckDone(first.key, first.run))
        assert host.world.spawning <= 4
        host.feed(ev.Spawned(first.key, first.run, 5000))
        begun += 1
    assert begun == 50
    assert (host.world.spawning, host.world.queue) == (0, ())
    assert len(host.done(Spawn)) == 50


def test_a_place_in_the_queue_is_given_up_by_a_stop(system: Any, service: Make) -> None:
    host = system()
    host.world = type(host.world)(spawn_limit=1)
    host.silent |= {"a", "b", "c"}
    names = ("a", "b", "c")
    host.feed(ev.PlanChanged("j", "test", tuple(service(name) for name in names), start=names))
    host.ask(ev.Stop, ("b",))
    first = host.instance("a")
    host.feed(ev.CheckDone(first.key, first.run))
    host.feed(ev.Spawned(first.key, first.run, 5000))
    assert [host.phase(name) for name in names] == ["starting", "inactive", "checking"]
