"""usher start: bring up what a file defines, or apps that are known already."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.api.types import Frame, Report
from usher.cli import checking, guarding
from usher.cli.command import takes_patience
from usher.cli.console import Console
from usher.cli.follow import accepted, explain, follow
from usher.cli.forcing import forced, takes_force
from usher.cli.refusing import refusal
from usher.client import Client, UsherError, ensure_running, usher_home
from usher.config.load import Choice, Loaded, has_suffix, is_config_file, load
from usher.model.graph import closest
from usher.model.spec import Plan

DEFAULT_FILES: Final = (
    "usher.toml",
    "usher.yaml",
    "usher.yml",
    "usher.json",
    "ecosystem.config.js",
    "ecosystem.config.cjs",
    "ecosystem.config.mjs",
    "ecosystem.json",
    "ecosystem.yaml",
    "ecosystem.yml",
)


def configure(parser: ArgumentParser) -> None:
    """Take a file, names, or both."""
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="FILE|NAME",
        help="a configuration file (./usher.toml when nothing is given), names of apps, or both",
    )
    takes_environment(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="check, and show what would be started"
    )
    takes_patience(parser)
    takes_force(parser)


def takes_environment(parser: ArgumentParser) -> None:
    """Take which of a PM2 file's environments is meant, and how exact the file must be."""
    parser.add_argument("--env", default="", metavar="NAME", help="use env_NAME of a PM2 file")
    parser.add_argument("--strict", action="store_true", help="refuse a file with unknown keys")


def read(file: str, options: Namespace, console: Console) -> Loaded:
    """Read a file and say what there is to say about it. Raises ConfigError."""
    loaded = load(Path(file), Choice(env_name=options.env, strict=options.strict))
    for finding in loaded.findings:
        console.note(f"usher: {printable(str(finding))}")
    return loaded


def run(options: Namespace, console: Console) -> int:
    """Start, wait until everything is ready, and show the list."""
    targets: list[str] = options.targets
    file = _file_among(targets)
    names = [target for target in targets if target != file]
    if file is None and not names:
        file = default_file(Path.cwd())
    # The file is read before anything is started: a mistake in it leaves no keeper behind.
    loaded = None if file is None else read(file, options, console)
    plan = None if loaded is None else loaded.plan
    chosen = names if plan is None else _chosen(plan, names)
    if loaded is None:
        _refuse_dry_run(options)
    elif (code := _checked(loaded, chosen, options, console)) is not None:
        return code
    client = ensure_running(usher_home(options.home), lambda: _warn_of_its_end(console))
    report = follow(_request(client, plan, chosen, options), console)
    report = accepted(report) if options.no_wait else report
    code = _conclude(report, client, console)
    # Apps that could not be used were left out: what was asked for is not all there.
    return code or (ExitCode.USAGE if loaded is not None and loaded.errors else ExitCode.OK)


def _checked(
    loaded: Loaded, chosen: Sequence[str], options: Namespace, console: Console
) -> int | None:
    """Check what is to be started; return how a dry run ends, None to go on.

    Raises UsherError with every finding when the start is refused.
    """
    home = usher_home(options.home)
    choice = checking.Choice(home, tuple(chosen), options.env, starting=True)
    # What is forced or shown is wanted whole.
    hasty = not (options.force or options.dry_run)
    answers = checking.answers(loaded, choice, hasty=hasty)
    found = checking.found_by(answers)
    refused = refusal(found, forced(options), home)
    if refused is None and any(answer.is_of_another_host for answer in answers):
        # Overridden before, and that still holds: the rest counts after all.
        answers = checking.answers(loaded, choice)
        found = checking.found_by(answers)
        refused = refusal(found, forced(options), home)
    if options.dry_run:
        from usher.cli import dry_run  # a start itself does without
        from usher.host.programs import folders_of

        specs = [spec for spec in loaded.plan.services if spec.name in chosen]
        host = guarding.declared(home, folders_of(specs[0]) if specs else ()).host
        # Apps that could not be used would be left out: see `run`.
        left_out = ExitCode.USAGE if loaded.errors else ExitCode.OK
        code = left_out if refused is None else refused.exit_code
        return dry_run.report(specs, host, found, answers, refused, code, console)
    if refused is not None:
        raise refused
    for finding in found:
        forced_now = " (forced)" if finding.severity == "error" else ""
        console.note(f"usher: {printable(str(finding))} [{finding.code}]{forced_now}")
    return None


def _refuse_dry_run(options: Namespace) -> None:
    if options.dry_run:
        raise UsherError(
            "cannot show what would be started: no file is given",
            hint="usher start --dry-run FILE",
            exit_code=ExitCode.USAGE,
        )


def _warn_of_its_end(console: Console) -> None:
    """A keeper is about to be started: say so if it will not outlive this login or job."""
    from usher.host.lifetime import end_of_keeper  # only here: most starts find a keeper

    said = end_of_keeper()
    if said:
        console.note(f"usher: {said}")


def _request(
    client: Client, plan: Plan | None, names: Sequence[str], options: Namespace
) -> Iterator[Frame]:
    wait, timeout, force = not options.no_wait, options.timeout, forced(options)
    if plan is None:
        return client.start(names, wait=wait, timeout=timeout, forced=force)
    return client.apply(plan, names, wait=wait, timeout=timeout, forced=force)


def _names_a_file(target: str) -> bool:
    """Tell a file from an app; ecosystem.config.ROLE.cjs is a usual name and none of PM2's."""
    return is_config_file(target) or "/" in target or (".config." in target and has_suffix(target))


def _file_among(targets: Sequence[str]) -> str | None:
    files = [target for target in targets if _names_a_file(target)]
    if len(files) > 1:
        raise UsherError(
            f"cannot start {len(files)} files at once: {', '.join(map(repr, files))}",
            hint="start them one after the other",
            exit_code=ExitCode.USAGE,
        )
    return files[0] if files else None


def default_file(folder: Path) -> str:
    """Return the configuration file that `folder` has. Raises UsherError."""
    for name in DEFAULT_FILES:
        if (folder / name).is_file():
            return name
    raise UsherError(
        f"cannot start: there is no {DEFAULT_FILES[0]} in {str(folder)!r}",
        hint="give a configuration file, or names of apps that `usher list` shows",
        exit_code=ExitCode.USAGE,
    )


def _chosen(plan: Plan, names: Sequence[str]) -> list[str]:
    """Return the names to start; all of the plan's when none is given."""
    known = [service.name for service in plan.services]
    for name in names:
        if name not in (*known, "all"):
            raise UsherError(
                f"cannot start {name!r}: no app of {plan.source!r} is called so",
                hint=closest(name, known),
                exit_code=ExitCode.USAGE,
            )
    return known if not names or "all" in names else [*names]


def _conclude(report: Report, client: Client, console: Console) -> int:
    if console.json:
        console.data(report)
        return report.exit_code
    if report.exit_code != ExitCode.OK:
        explain(report, console)
    console.raw(client.listing(columns=console.columns, color=console.color))
    addresses = [
        f"{printable(service.name)}  {printable(address)}"
        for service in report.services
        for address in service.addresses
    ]
    if addresses and report.outcome == "done":
        console.print()
        for line in addresses:
            console.print(line)
    return report.exit_code
