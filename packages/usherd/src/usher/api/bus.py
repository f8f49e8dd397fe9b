"""Events in the words of PM2's bus (`process:event`), for programs made for `pm2.launchBus`. Pure.

usher tells more than PM2; what PM2 has no word for is left out.
"""

from datetime import datetime
from typing import Any, Final

from usher.api.types import EventRecord

WORDS: Final = {
    "starting": "start",
    "started": "online",
    "exited": "exit",
    "completed": "exit",
    "restarting": "restart",
    "held": "restart overlimit",
    "failed": "restart overlimit",
    "start-limit-hit": "restart overlimit",
    "stopped": "stop",
    "retired": "stop",
    "reloaded": "reload",
    "deleted": "delete",
}
"""Our word -> PM2's. `online` means there that the process runs; `ready` says more, and is ours."""


def record(event: EventRecord, pm_id: int | None) -> dict[str, Any] | None:
    """Return the message of PM2's bus; None where PM2 has no word. `at` is in milliseconds."""
    word = WORDS.get(event.event)
    if word is None or not event.service:
        return None
    return {
        "event": word,
        "manually": event.event in ("stopped", "deleted"),
        "process": {"name": event.service, "pm_id": pm_id},
        "at": round(datetime.fromisoformat(event.time).timestamp() * 1000),
    }
