"""Which variables a request renews, and which stay as they were at the first start.

PM2's users rely on it: `restart FILE` takes the file's variables anew and leaves those that came
from the shell; `restart NAME --update-env` takes the shell's anew. What a file sets wins in both.
"""

from collections.abc import Mapping

import msgspec

from usher.model.spec import Pm2View, ServiceSpec
from usher.runtime.supervisor import Supervisor, with_digests


def keep_inherited(supervisor: Supervisor, spec: ServiceSpec) -> ServiceSpec:
    """Give a definition, on its way in, the inherited variables of the one it replaces."""
    known = supervisor.world.services.get(spec.name)
    if known is None or known.spec.pm2 is None or spec.pm2 is None:
        return spec
    old, view = known.spec.pm2.inherited, spec.pm2
    before = supervisor.environments.get(known.spec.env_digest)
    kept = {name: before[name] for name in old if name in before}
    own = {name: value for name, value in spec.env.items() if name not in view.inherited}
    return msgspec.structs.replace(
        spec, env=kept | own, pm2=msgspec.structs.replace(view, inherited=tuple(sorted(kept)))
    )


def with_callers_env(
    supervisor: Supervisor, names: tuple[str, ...], env: Mapping[str, str]
) -> tuple[ServiceSpec, ...]:
    """Return definitions with the caller's variables over those they once inherited.

    Services of our own files are left out: they inherit a few variables by name, at every load.
    """
    return tuple(
        _renewed(supervisor, spec, spec.pm2, env)
        for spec in map(supervisor.spec, names)
        if spec.pm2 is not None
    )


def _renewed(
    supervisor: Supervisor, spec: ServiceSpec, view: Pm2View, env: Mapping[str, str]
) -> ServiceSpec:
    before = supervisor.environments.get(spec.env_digest)
    taken = {
        name: value for name, value in env.items() if name in view.inherited or name not in before
    }
    names = tuple(sorted({*view.inherited, *taken}))
    renewed = msgspec.structs.replace(
        spec, env=before | taken, pm2=msgspec.structs.replace(view, inherited=names)
    )
    return with_digests(renewed, supervisor.environments)
