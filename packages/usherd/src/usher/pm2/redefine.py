"""What options of `restart NAME` and `reload NAME` change of an app: PM2 takes most of them."""

import msgspec

from usher.api.types import Redefined
from usher.config.load import ConfigError, load_pm2_script
from usher.config.pm2.changes import CHANGEABLE
from usher.pm2 import apps
from usher.pm2.overrides import overrides_of
from usher.pm2.processes import Process
from usher.pm2.session import Session


def changes(session: Session, processes: tuple[Process, ...]) -> dict[str, Redefined] | None:
    """Return what changes, by service; None after saying what is wrong with an option."""
    given = overrides_of(session.words)
    fields = sorted(CHANGEABLE & given.keys())
    if not fields:
        return {}
    found: dict[str, Redefined] = {}
    for each in {process.service: process for process in processes}.values():
        kept = {field: given[field] for field in fields}
        try:
            loaded = load_pm2_script(each.pm2_env.pm_exec_path, (), _as_it_is(each) | kept)
        except ConfigError as error:
            apps.tell(session, error.findings)
            return None
        definition = msgspec.Raw(msgspec.json.encode(loaded.plan.services[0]))
        found[each.service] = Redefined(definition=definition, fields=fields)
    return found


def announce(session: Session) -> None:
    """Say what PM2 says of a schedule before it restarts."""
    cron = overrides_of(session.words).get("cron_restart")
    if cron is not None:
        session.voice.say("disabling cron restart" if cron == "0" else f"cron restart at {cron}")


def _as_it_is(process: Process) -> dict[str, object]:
    env = process.pm2_env
    return {
        "name": process.name,
        "cwd": env.pm_cwd,
        "interpreter": env.exec_interpreter,
        "exec_mode": env.exec_mode.removesuffix("_mode"),
        "args": list(env.args),
        "node_args": list(env.node_args),
        "instances": env.instances,
    }
