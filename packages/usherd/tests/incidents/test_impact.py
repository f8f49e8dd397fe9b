"""How long services were in trouble, and what came of what was done: read off a timeline."""

from msgspec.structs import replace

from usher.incidents.impact import BEGAN, FIRST_SIGN, deeds, first_signs, reached
from usher.model.incident import Cause, Happening, Incident, Occurred


def happened(*events: tuple[float, str, str], slot: int | None = 0) -> tuple[Happening, ...]:
    return tuple(Happening(at, service, event, event, slot=slot) for at, service, event in events)


RELAPSING = happened(
    (14.0, "shop", "unhealthy"),
    (14.0, "web", "degraded"),
    (15.0, "shop", "replaced"),
    (15.1, "shop", "restarting"),
    (16.0, "shop", "ready"),
    (16.0, "web", "restored"),
    (18.0, "shop", "recovered"),
    (30.0, "shop", "probe-failing"),
    (34.0, "shop", "unhealthy"),
    (76.0, "shop", "relapsed"),
    (77.0, "shop", "replaced"),
    (80.0, "shop", "recovered"),
    (140.0, "shop", "confirmed"),
)
SHOP = Incident(
    number=1,
    service="shop",
    kind="hang",
    severity="major",
    occurred=Occurred(10.0, 1.0, "page: no answer within 2 s"),
    detected=14.0,
    rule="unhealthy",
    services=("shop", "web"),
    recovered=80.0,
    actions=tuple(e for e in RELAPSING if e.event in ("replaced", "restarting")),
    timeline=RELAPSING,
)


def test_a_service_is_in_trouble_from_its_first_sign_until_its_probe_passes() -> None:
    shop, web = reached(SHOP)
    assert (shop.kind, shop.begin, shop.end) == ("hang", 10.0, 80.0)
    assert shop.seconds == (18.0 - 10.0) + (80.0 - 30.0), "ready proves nothing of a hang"
    assert (web.kind, web.begin, web.end, web.seconds) == ("dependency", 14.0, 16.0, 2.0)


def test_of_several_instances_the_last_one_that_is_well_ends_it() -> None:
    second = happened((15.0, "shop", "unhealthy"), (90.0, "shop", "recovered"), slot=1)
    timeline = sorted((*RELAPSING[:7], *second), key=lambda each: each.at)
    (shop, _) = reached(replace(SHOP, timeline=tuple(timeline)))
    assert (shop.begin, shop.end, shop.seconds) == (10.0, 90.0, 80.0)


def test_what_goes_on_or_was_not_kept_has_no_length() -> None:
    (shop, web) = reached(replace(SHOP, troubled=(("shop", 0),)))
    assert (shop.end, shop.seconds) == (None, None)
    assert web.seconds == 2.0
    assert [each.seconds for each in reached(replace(SHOP, left_out=3))] == [None, None]


def test_a_deed_is_told_once_with_what_came_of_it_before_the_next() -> None:
    first, second = deeds(SHOP)
    assert (first.what.at, first.helped and first.helped.event) == (15.0, "relapsed")
    assert (second.what.at, second.helped and second.helped.event) == (77.0, "confirmed")
    assert deeds(replace(SHOP, timeline=RELAPSING[:4]))[0].helped is None, "nothing is proved yet"


def test_the_first_sign_stands_before_what_an_incident_keeps() -> None:
    (sign,) = first_signs(SHOP)
    assert (sign.at, sign.event, sign.detail) == (10.0, FIRST_SIGN, "page: no answer within 2 s")
    assert first_signs(replace(SHOP, occurred=Occurred(14.0))) == []


def test_each_stranger_began_when_its_process_did() -> None:
    finding = Happening(100.0, "admin", "finding", "drift.wrong_role: pid 7")
    cause = Cause("drift.wrong_role", "why", 0.95, ("pid 7",), since=40.0)
    stranger = replace(
        SHOP, kind="foreign", service="admin", services=("admin",), recovered=None,
        occurred=Occurred(40.0, 40.0), detected=100.0, timeline=(finding,), causes=(cause,),
        troubled=(("admin", None),),
    )  # fmt: skip
    (began,) = first_signs(stranger)
    assert (began.at, began.service, began.event) == (40.0, "admin", BEGAN)
    assert reached(stranger)[0].begin == 40.0
