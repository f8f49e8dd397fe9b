"""What is told after a boot: what comes back, what stays down and why, and how it went. Pure."""

from collections.abc import Sequence

from usher.model.events import Now
from usher.model.world import World
from usher.policy import status

_NAMED = 10
"""Services that a sentence names; the rest is counted."""


def announced(before: World, wanted: Sequence[str], now: Now) -> str:
    """Say what comes back, what was in trouble before, and what a person had stopped."""
    views = {view.name: view for view in status.views(before, now)}
    troubled = [f"{name} was {views[name].status}" for name in wanted if _in_trouble(views[name])]
    stopped = [name for name in views if name not in wanted]
    parts = [f"{_named(wanted)} to come back"]
    parts += [f"before: {_named(troubled)}"] if troubled else []
    parts += [f"stays stopped: {_named(stopped)}"] if stopped else []
    return "; ".join(parts)


def concluded(world: World, wanted: Sequence[str], now: Now, seconds: float) -> str:
    """Say which of `wanted` are back after `seconds`."""
    views = {view.name: view for view in status.views(world, now)}
    back = [name for name in wanted if name in views and not _is_missing(views[name])]
    parts = [f"{len(back)} of {len(wanted)} apps back in {seconds:.1f} s"]
    parts += [f"{name} is {views[name].status}" for name in wanted if name in views.keys() - back]
    return "; ".join(parts)


def _in_trouble(view: status.ServiceView) -> bool:
    return view.status in ("failed", "held", "degraded")


def _is_missing(view: status.ServiceView) -> bool:
    done = bool(view.instances) and all(each.phase == "exited" for each in view.instances)
    return view.ready < view.instances_wanted and not done


def _named(names: Sequence[str]) -> str:
    if not names:
        return "nothing"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
