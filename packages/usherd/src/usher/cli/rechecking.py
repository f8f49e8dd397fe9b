"""A check before apps are restarted by name: what runs is not ended for what cannot run.

Role, variables and budget are judged by the daemon, which knows the definition; here it is what can
have changed since the start: the program, its packages, its folders and disks.
"""

from argparse import Namespace
from collections.abc import Sequence

from usher.api.types import ServiceStatus
from usher.cli import checking
from usher.cli.forcing import forced
from usher.cli.refusing import refusal
from usher.client import Client, usher_home
from usher.config.load import Loaded
from usher.model.spec import LogSpec, Plan, ServiceSpec


def check(client: Client, names: Sequence[str], options: Namespace) -> None:
    """Raise UsherError with every finding where these must not be started anew."""
    asked = [each for each in client.services() if each.want == "up" and _is_meant(each, names)]
    if not asked:
        return
    home = usher_home(options.home)
    choice = checking.Choice(home, starting=True, again=True)
    loaded = Loaded(Plan(tuple(map(_defined, asked))))
    found = checking.found_by(checking.answers(loaded, choice))
    refused = refusal(found, forced(options), home)
    if refused is not None:
        raise refused


def _is_meant(service: ServiceStatus, names: Sequence[str]) -> bool:
    """Tell whether a name means a service; what else may mean one is left to the daemon."""
    called = {service.name, service.label, service.namespace, str(service.id), "all"}
    return not called.isdisjoint(names)


def _defined(service: ServiceStatus) -> ServiceSpec:
    """Describe a service as far as its files are concerned."""
    return ServiceSpec(
        service.name,
        tuple(service.argv),
        service.cwd,
        env={"PATH": service.env["PATH"]} if "PATH" in service.env else {},
        logs=LogSpec(out=service.out_log, err=service.err_log),
        label=service.label,
        origin=service.origin,
    )
