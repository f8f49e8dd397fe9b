"""What is told of certificates that probes have seen: once a level, and that it is over."""

from collections.abc import Mapping

import pytest

from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Severity, Signature
from usher.model import events as ev
from usher.model.incident import Cause, Incident, Occurred
from usher.model.remote import Remote, Up
from usher.model.spec import ProbeSpec, RemoteSpec, ServiceSpec
from usher.model.target import Expiry, HttpTarget, TlsTarget
from usher.model.world import Generation, Service, World
from usher.runtime.certificate_watch import CertificateWatch

SHOP = ProbeSpec("shop", TlsTarget("shop.example:443"), scope="edge")
PAY = ProbeSpec("pay", TlsTarget("pay.example:443"), scope="edge")
PAGE = ProbeSpec("page", HttpTarget("https://api.example/"))
KEY = ev.Key("web", 1, 0)


class Home:
    """An app and a remote with probes, and what was told of them."""

    def __init__(self, *incidents: Incident) -> None:
        self.open = incidents
        spec = ServiceSpec("web", ("x",), "/", probes=(SHOP, PAY, PAGE))
        remote = Remote(RemoteSpec("api", (SHOP, PAGE)), Up(0.0))
        self.world = World(
            services={"web": Service(0, Generation(1, spec, {}))}, remotes={"api": remote}
        )
        self.now: dict[str, tuple[str, str]] = {}
        """What is found now: by service severity and text."""
        self.watch = CertificateWatch(self, self)

    @property
    def incidents(self) -> "Home":
        return self

    def resume(self, service: str, observed: Observed) -> None:
        self.now[service] = (observed.fault.severity, observed.text)

    def seen_of(self, service: str, judged: Mapping[Signature, Observed | None]) -> None:
        (found,) = judged.values()
        if found is None:
            del self.now[service]
        else:
            assert found.fault.id == "cert.expiry"
            self.resume(service, found)

    def web(self, probe: str, certificate: Expiry = "", *, ok: bool = False) -> None:
        said = "well" if ok else f"it is {certificate or 'away'}"
        self.watch.answered(ev.ProbeResult(KEY, 1, probe, ok, said, certificate=certificate))

    def api(self, certificate: Expiry = "", *, ok: bool = False) -> None:
        self.watch.answered(
            ev.RemoteAnswered("api", 1, "shop", ok, "said", certificate=certificate)
        )


def test_the_gravest_certificate_of_a_service_speaks_for_it() -> None:
    home = Home()
    home.web("shop", "warning")
    assert home.now == {"web": (Severity.WARNING, "shop: it is warning")}
    home.web("pay", "critical")
    assert home.now == {"web": (Severity.CRITICAL, "pay: it is critical")}
    home.web("pay", ok=True)
    assert home.now == {"web": (Severity.WARNING, "shop: it is warning")}
    home.web("shop")
    assert home.now, "nobody there says nothing of a certificate"
    home.web("shop", ok=True)
    assert home.now == {}


def test_remotes_have_certificates_too() -> None:
    home = Home()
    home.api("warning")
    assert home.now == {"api": (Severity.WARNING, "shop: said")}
    home.web("page", ok=True)
    home.web("shop", ok=True)
    assert "api" in home.now, "that of another is well"


@pytest.mark.parametrize("gone", ["probe", "service"])
def test_what_is_asked_no_more_is_over(gone: str) -> None:
    home = Home()
    home.api("warning")
    remote = Remote(RemoteSpec("api", (PAGE,)), Up(0.0))
    home.watch.follow(World(remotes={"api": remote} if gone == "probe" else {}))
    assert home.now == {}


def test_what_an_earlier_daemon_told_is_over_when_it_is_well() -> None:
    cause = Cause("cert.expiry", "why", 0.9, ("shop: valid for 2 more days",), grave=True)
    before = Incident(
        number=1,
        service="api",
        kind="certificate",
        severity="critical",
        occurred=Occurred(1.0),
        detected=1.0,
        rule="cert.expiry",
        troubled=(("api", None),),
        causes=(cause,),
    )
    home = Home(before)
    home.web("shop", ok=True)
    assert home.now == {"api": (Severity.CRITICAL, "shop: valid for 2 more days")}
    home.api(ok=True)
    assert home.now == {}
