"""usher check: say what would keep a file's apps from working here, and start nothing."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli import checking
from usher.cli.console import Console
from usher.cli.start import default_file, takes_environment
from usher.client import usher_home
from usher.config import load
from usher.config.alerts_file import ALERTS_FILE
from usher.guard.catalogue import CATALOGUE
from usher.model.finding import Finding
from usher.model.spec import Plan, ServiceSpec


def configure(parser: ArgumentParser) -> None:
    """Take a file, for which host it is meant, and how the answer is written."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="(./usher.toml)")
    takes_environment(parser)
    parser.add_argument(
        "--target",
        type=_role,
        default=None,
        metavar="role=ROLE",
        help="judge as if this host had the role",
    )
    parser.add_argument(
        "--ci",
        action="store_true",
        help="the apps are for another host: look at the files only, ask no network",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--sarif", action="store_true", help="write SARIF 2.1.0")
    form.add_argument("--junit", action="store_true", help="write JUnit's XML")


def run(options: Namespace, console: Console) -> int:
    """Check. 0: it can be started; 1: the file cannot be used; 2: a start would be refused.

    With --strict warnings alone are 6.
    """
    file: str = options.file or default_file(Path.cwd())
    try:
        choice = load.Choice(
            env_name=options.env,
            strict=options.strict,
            elsewhere=options.ci,
        )
        loaded = load.load(Path(file), choice)
    except load.ConfigError as error:
        if not (console.json or options.sarif or options.junit):
            raise
        return _tell(error.findings, load.Loaded(Plan(())), ExitCode.USAGE, file, options, console)
    found = checking.check(
        loaded,
        checking.Choice(
            home=usher_home(options.home),
            env_name=options.env,
            role=options.target or "",
            offline=options.ci,
        ),
    )
    unusable = [*loaded.errors, *filter(_is_of_alerts, found)]
    code = exit_code(found, unusable, strict=options.strict)
    return _tell(found, loaded, code, file, options, console)


def _is_of_alerts(finding: Finding) -> bool:
    """Whether a start goes on in spite of it: people are not told, and the apps run."""
    return finding.severity == "error" and Path(finding.file).name == ALERTS_FILE


def exit_code(
    found: Sequence[Finding], unusable: Sequence[Finding], *, strict: bool = False
) -> ExitCode:
    """Conclude from all findings; for those in `unusable` something written is left out."""
    if any(each.severity == "error" and each not in unusable for each in found):
        return ExitCode.REFUSED
    if unusable:
        return ExitCode.USAGE
    return ExitCode.FINDINGS if found and strict else ExitCode.OK


def _role(text: str) -> str:
    name, equals, role = text.partition("=")
    if name != "role" or not equals or not role:
        raise ArgumentTypeError("expected role=NAME")
    return role


def _tell(
    found: Sequence[Finding],
    loaded: load.Loaded,
    code: ExitCode,
    file: str,
    options: Namespace,
    console: Console,
) -> int:
    apps = loaded.plan.services
    if console.json:
        console.data({"file": file, **_answer(found, loaded), "exit_code": int(code)})
    elif options.sarif:
        from usher.cli.sarif import sarif

        console.data(sarif(found, Path.cwd()))
    elif options.junit:
        from usher.cli.junit import junit

        console.raw(junit(found, [app.label or app.name for app in apps], file))
    else:
        _print(found, apps, code, file, console)
    return code


def _answer(found: Sequence[Finding], loaded: load.Loaded) -> dict[str, object]:
    """Write findings, what the file looked at, and where each variable comes from: no values.

    A variable of an app that is not among its `sources` comes from the caller's shell.
    """
    sources = {
        app: {name: source for name, source in variables.items() if source != "shell"}
        for app, variables in loaded.sources.items()
    }
    reads = [{"name": each.name, "was_set": each.was_set} for each in loaded.reads]
    return {"findings": list(map(_whole, found)), "reads": reads, "sources": sources}


def _whole(finding: Finding) -> Mapping[str, object]:
    """Write every field, and what the catalogue says about its kind."""
    code = CATALOGUE.get(finding.code)
    about = {"title": code.title, "cause": code.cause, "fix": code.fix} if code else {}
    forceable = code is not None and code.forceable
    said = {name: getattr(finding, name) for name in finding.__struct_fields__}
    return said | about | {"forceable": forceable}


def _print(
    found: Sequence[Finding],
    apps: Sequence[ServiceSpec],
    code: ExitCode,
    file: str,
    console: Console,
) -> None:
    for finding in found:
        console.print(f"{printable(str(finding))} [{finding.code}]")
        if not finding.hint and finding.code in CATALOGUE:
            console.print(f"  -> {CATALOGUE[finding.code].fix}")
    names = ", ".join(app.label or app.name for app in apps)
    console.print(printable(f"{file}: {_conclusion(found, code)}; apps: {names or 'none'}"))


def _conclusion(found: Sequence[Finding], code: ExitCode) -> str:
    if code == ExitCode.REFUSED:
        return "a start would be refused, see above"
    if code == ExitCode.USAGE:
        return "a part of it cannot be used, see above"
    return "it can be used, but see above" if found else "nothing is wrong"
