"""Files around an app: who may read and change them, certificates that run out, and the clock."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from usher.guard.checks.configuration import WRITABLE
from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import Certificate, Machine, PlainFile
from usher.model.finding import Finding

ENV_WRITABLE: Final = Code(
    "file.env_writable",
    "warning",
    "Others may change the env file",
    "Its mode lets the group or anybody write it: who does decides what the app connects to.",
    "`chmod 600 FILE`.",
)
ENV_READABLE: Final = Code(
    "file.env_readable",
    "warning",
    "Anybody on the host may read the env file",
    "Env files hold passwords and keys, and its mode lets every user read them.",
    "`chmod 600 FILE`.",
)
LOG_WRITABLE: Final = Code(
    "file.log_writable",
    "warning",
    "Others may change the log file",
    "Its mode lets the group or anybody write it, so what it says proves nothing.",
    "`chmod go-w FILE`.",
)
STATE_OPEN: Final = Code(
    "file.state_open",
    "warning",
    "Others may look into usher's state folder",
    "It holds environments and logs and is made with mode 0700; somebody changed that.",
    "`chmod 700 FOLDER`.",
)
TLS_EXPIRED: Final = Code(
    "tls.expired",
    "error",
    "The certificate has run out",
    "Clients refuse it from its last day on.",
    "Renew it (`certbot renew`), then reload the app.",
    forceable=True,
)
TLS_EXPIRES: Final = Code(
    "tls.expires_soon",
    "warning",
    "The certificate runs out within 30 days",
    "An automatic renewal would have replaced it by now.",
    "Look why it is not renewed (`certbot renew --dry-run`).",
)
TLS_UNREADABLE: Final = Code(
    "tls.unreadable",
    "warning",
    "The certificate cannot be read",
    "The app is given a file as certificate that is not there, not readable for this user, or "
    "none.",
    "Correct the path or the mode; whether it runs out is unknown until then.",
)
CLOCK_BEHIND: Final = Code(
    "clock.behind",
    "warning",
    "The clock is behind",
    "The configuration file was changed in the future, as this host's clock has it: times in logs "
    "are wrong, and certificates and tokens may be refused.",
    "Set the clock (`timedatectl set-ntp true`).",
)
CLOCK_FREE: Final = Code(
    "clock.unsynchronised",
    "warning",
    "The clock follows no other",
    "The kernel says that nothing keeps its clock right, so it drifts.",
    "`timedatectl set-ntp true`, or install chrony.",
)

CODES: Final = (
    ENV_WRITABLE,
    ENV_READABLE,
    LOG_WRITABLE,
    STATE_OPEN,
    TLS_EXPIRED,
    TLS_EXPIRES,
    TLS_UNREADABLE,
    CLOCK_BEHIND,
    CLOCK_FREE,
)

_DAY: Final = 86400.0
_OTHERS_WRITE: Final = {"config": WRITABLE, "env": ENV_WRITABLE, "log": LOG_WRITABLE}


def judge_modes(files: Iterable[PlainFile]) -> list[Finding]:
    """Judge who may read and change the files. A group of the owner alone is nobody else."""
    return [finding for file in files for finding in _mode(file)]


def _mode(file: PlainFile) -> Iterator[Finding]:
    shared = 0o070 if file.group_is_shared else 0
    shown = f"{file.path!r} has mode {file.mode:04o} (owner {file.owner!r})"
    if file.kind == "state":
        if file.mode & 0o077:
            yield STATE_OPEN.finding(shown, file=file.path, hint=f"chmod 700 {file.path}")
        return
    if file.mode & (0o002 | (shared & 0o020)) and file.kind in _OTHERS_WRITE:
        code = _OTHERS_WRITE[file.kind]
        yield code.finding(shown, file=file.path, hint=f"chmod go-w {file.path}")
    if file.kind == "env" and file.mode & 0o004:
        yield ENV_READABLE.finding(shown, file=file.path, hint=f"chmod 600 {file.path}")


def judge_certificates(
    app: Definition, certificates: Sequence[Certificate], now: float
) -> list[Finding]:
    """Judge how long the certificates are good that an app is given."""
    found: list[Finding] = []
    for each in certificates:
        field = app.variable(each.named_by) if each.named_by in app.spec.env else "args"
        if each.not_after is None:
            message = f"cannot read the certificate {each.path!r}: {each.fault or 'it is none'}"
            found.append(app.finding(TLS_UNREADABLE, message, field))
            continue
        days = (each.not_after - now) / _DAY
        if days < 0:
            message = f"the certificate {each.path!r} ran out {-days:.0f} days ago"
            found.append(app.finding(TLS_EXPIRED, message, field))
        elif days < 30:
            message = f"the certificate {each.path!r} runs out in {days:.0f} days"
            found.append(app.finding(TLS_EXPIRES, message, field))
    return found


def judge_clock(files: Iterable[PlainFile], machine: Machine) -> list[Finding]:
    """Judge the clock by the times of files, and by what the kernel says about it."""
    found: list[Finding] = []
    latest = max(files, key=lambda file: file.changed, default=None)
    if latest is not None and latest.changed > machine.now + 300:
        hours = (latest.changed - machine.now) / 3600
        message = f"{latest.path!r} was changed {hours:.1f} h in the future"
        found.append(CLOCK_BEHIND.finding(message, file=latest.path))
    if machine.synchronised is False:
        path = "" if latest is None else latest.path
        found.append(CLOCK_FREE.finding("the kernel's clock is not synchronised", file=path))
    return found
