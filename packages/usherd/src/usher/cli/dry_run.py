"""What a start would do, without doing it: `usher start --dry-run`."""

from collections.abc import Iterator, Sequence
from typing import Any

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.checking import Answer
from usher.cli.console import Console
from usher.client import UsherError
from usher.guard.checks.ports import wanted
from usher.guard.definition import Definition
from usher.guard.roles import HostRole
from usher.model.finding import Finding
from usher.model.spec import NotifyReady, ServiceSpec
from usher.redaction.redactor import Redactor


def report(
    specs: Sequence[ServiceSpec],
    host: HostRole,
    findings: Sequence[Finding],
    answers: Sequence[Answer],
    refused: UsherError | None,
    code: int,
    console: Console,
) -> int:
    """Show the role, every check, and each app as it would be started; return `code`."""
    about = {
        "dry_run": True,
        "role": {
            "standing": host.standing,
            "role": host.role,
            "evidence": [str(sign.evidence) for sign in host.signs if not sign.is_silent],
        },
        "checks": [_check(answer) for answer in answers],
        "findings": findings,
        "refused": None if refused is None else refused.problem(),
        "apps": [_app(spec) for spec in specs],
        "exit_code": int(code),
    }
    if console.json:
        console.data(about)
        return code
    for line in _lines(about):
        console.print(printable(line))
    if refused is not None:
        console.fail(str(refused), hint=refused.hint, details=refused.details)
    return code


def _check(answer: Answer) -> dict[str, Any]:
    worst = {each.severity for each in answer.findings}
    verdict = "refused" if "error" in worst else "warning" if worst else "ok"
    return {
        "about": answer.part,
        "verdict": verdict,
        "codes": list(dict.fromkeys(each.code for each in answer.findings)),
    }


def _app(spec: ServiceSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "label": spec.label,
        "argv": Redactor().words(spec.argv),
        "cwd": spec.cwd,
        "instances": spec.instances,
        "env": sorted(spec.env),
        "env_added": sorted(_added(spec)),
        "ports": [each.port for each in wanted(Definition(spec))],
        "user": None if spec.user is None else spec.user.uid,
    }


def _added(spec: ServiceSpec) -> Iterator[str]:
    """Name the variables that usher itself tells a process."""
    yield from ("USHER_RUN", spec.instance_var)
    if spec.pm2 is not None:
        yield from ("pm_id", "unique_id")
    if spec.channel != "none":
        yield from ("NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE")
    if spec.channel == "cluster":
        yield "NODE_UNIQUE_ID"
    elif spec.sockets or spec.probe_socket:
        yield from ("LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID")
    if isinstance(spec.ready.proof, NotifyReady):
        yield "NOTIFY_SOCKET"
    if spec.user is not None:
        yield from ("HOME", "USER", "LOGNAME")


def _lines(about: dict[str, Any]) -> Iterator[str]:
    role = about["role"]
    evidence = ", ".join(role["evidence"]) or "nothing says so"
    yield f"role: {role['role'] or role['standing']} ({evidence})"
    for check in about["checks"]:
        codes = f": {', '.join(check['codes'])}" if check["codes"] else ""
        yield f"  {check['verdict']:8} {check['about']}{codes}"
    for finding in about["findings"]:
        yield f"    {finding} [{finding.code}]"
    for app in about["apps"]:
        times = f" x {app['instances']}" if app["instances"] > 1 else ""
        yield f"app {app['label'] or app['name']}{times}"
        yield f"  runs   {' '.join(app['argv'])}"
        yield f"  in     {app['cwd']}"
        yield f"  ports  {', '.join(map(str, app['ports'])) or 'none is known'}"
        yield f"  env    {' '.join(app['env'])}"
        yield f"  added  {' '.join(app['env_added'])}"
    ends = "would be refused" if about["refused"] else "nothing was started"
    yield f"{ends}; exit code {about['exit_code']} ({ExitCode(about['exit_code']).name.lower()})"
