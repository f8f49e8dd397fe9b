"""Which variables a request renews, and which stay as they were at the first start.

PM2's users rely on it: `restart FILE` takes the file's variables anew and leaves those that came
from the shell; `restart NAME --update-env` takes the shell's anew. What a file sets wins in both.
"""

from collections.abc import Mapping

import msgspec

from usher.api.types import Names
from usher.config.pm2.changes import changed
from usher.config.pm2.watch import usual_watch
from usher.model.spec import Pm2View, ServiceSpec
from usher.runtime.environments import with_digests
from usher.runtime.supervisor import Supervisor


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


def renewed(
    supervisor: Supervisor, names: tuple[str, ...], asked: Names
) -> tuple[ServiceSpec, ...]:
    """Return definitions with what `asked` changes of them.

    `env` goes over what they once inherited; services of our own files inherit a few variables by
    name at every load, and are left alone. `toggle_watch` turns watching on or off.
    """
    specs = [_changed(supervisor.spec(name), asked) for name in names]
    if asked.env is not None:
        specs = [_with_env(supervisor, spec, spec.pm2, asked.env) for spec in specs]
    if asked.toggle_watch:
        specs = [_toggled(spec) for spec in specs]
    return tuple(specs)


def _changed(spec: ServiceSpec, asked: Names) -> ServiceSpec:
    change = asked.changes.get(spec.name)
    if change is None:
        return spec
    meant = msgspec.json.decode(change.definition, type=ServiceSpec)
    return changed(spec, meant, change.fields)


def _toggled(spec: ServiceSpec) -> ServiceSpec:
    watch = usual_watch(spec.cwd) if spec.watch is None else None
    return msgspec.structs.replace(spec, watch=watch)


def _with_env(
    supervisor: Supervisor, spec: ServiceSpec, view: Pm2View | None, env: Mapping[str, str]
) -> ServiceSpec:
    if view is None:
        return spec
    before = supervisor.environments.get(spec.env_digest)
    taken = {
        name: value
        for name, value in env.items()
        if view.shell_wins or name in view.inherited or name not in before
    }
    names = tuple(sorted({*view.inherited, *taken}))
    changed = msgspec.structs.replace(
        spec, env=before | taken, pm2=msgspec.structs.replace(view, inherited=names)
    )
    return with_digests(changed, supervisor.environments)
