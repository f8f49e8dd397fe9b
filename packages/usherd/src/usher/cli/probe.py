"""usher probe: ask a set of questions once, of any host, and say what was answered."""

import asyncio
import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.console import Console
from usher.client import UsherError
from usher.config.document import SIZE_LIMIT
from usher.config.load import surroundings
from usher.config.probe_set import TIMEOUT, Question, read_probe_set
from usher.config.schema import Asking
from usher.config.targets import build_target
from usher.config.units import Interval
from usher.model.target import ServerTarget
from usher.probe.answer import Answer
from usher.probe.ask import ask

_AT_ONCE: Final = 32
"""Questions asked at a time."""

_GIVEN_URL: Final = "URL"
"""The variable under which a question finds the URL of a database that was given as an argument."""

_SCHEMES: Final[Mapping[str, str]] = {
    "http": "http", "https": "http", "ws": "ws", "wss": "ws", "tcp": "tcp", "unix": "unix",
    "tls": "tls", "dns": "dns",
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql",
    "redis": "redis", "rediss": "redis", "mongodb": "mongo",
}  # fmt: skip
"""By what a URL with this scheme is asked."""


def configure(parser: ArgumentParser) -> None:
    """Take a file or a URL."""
    parser.add_argument(
        "what",
        metavar="FILE|URL",
        help="a file with [probes.NAME] (TOML, YAML, JSON), or one URL: "
        "http(s), ws(s), tcp, unix, tls, dns, postgres, mysql, redis, mongodb",
    )
    parser.add_argument("--only", metavar="NAMES", default="", help="of a file, some by name")
    parser.add_argument("--timeout", type=_seconds, metavar="TIME", help="for each answer (10s)")
    parser.add_argument("--phases", action="store_true", help="show where the time went")


def run(options: Namespace, console: Console) -> int:
    """Print one line a question; 3 when one was not answered as it should be."""
    environment = dict(os.environ)
    questions = _questions(options, environment)
    if options.timeout is not None:
        questions = [question._replace(timeout=options.timeout) for question in questions]
    answers = asyncio.run(_ask_all(questions, environment))
    code = ExitCode.OK if all(answer.ok for answer in answers) else ExitCode.NOT_READY
    pairs = list(zip(questions, answers, strict=True))
    if console.json:
        probes = [_as_json(question, answer) for question, answer in pairs]
        console.data({"probes": probes, "exit_code": int(code)})
        return code
    width = max(len(question.name) for question in questions)
    for question, answer in pairs:
        word = console.paint("ok    ", "green") if answer.ok else console.paint("failed", "red")
        console.print(f"{question.name:<{width}}  {word}  {printable(answer.detail)}")
        if options.phases and answer.phases:
            laps = ", ".join(f"{name} {took * 1000:.0f} ms" for name, took in answer.phases)
            console.print(f"{'':<{width}}          {laps}")
    if len(pairs) > 1:
        good = sum(answer.ok for answer in answers)
        console.note(f"{good} of {len(pairs)} answered as they should")
    return code


async def _ask_all(questions: list[Question], environment: Mapping[str, str]) -> list[Answer]:
    free = asyncio.Semaphore(_AT_ONCE)

    async def answer(question: Question) -> Answer:
        async with free:
            return await ask(question.target, environment, question.timeout)

    return list(await asyncio.gather(*map(answer, questions)))


def _questions(options: Namespace, environment: dict[str, str]) -> list[Question]:
    if "://" in options.what:
        return [_by_url(options.what, environment)]
    questions = _by_file(Path(options.what))
    names = [name.strip() for name in options.only.split(",") if name.strip()]
    known = {question.name for question in questions}
    for name in names:
        if name not in known:
            raise UsherError(
                f"cannot probe {name!r}: {options.what} has no such question",
                hint=f"it has {', '.join(sorted(known))}",
                exit_code=ExitCode.USAGE,
            )
    return [question for question in questions if not names or question.name in names]


def _by_url(url: str, environment: dict[str, str]) -> Question:
    scheme, _, rest = url.partition("://")
    way = _SCHEMES.get(scheme.removesuffix("+srv"), "")  # the probe says what to write instead
    shown = f"{scheme}://{rest.rpartition('@')[2]}"
    match way:
        case "postgres" | "mysql" | "redis" | "mongo":
            environment[_GIVEN_URL] = url
            return Question(shown, ServerTarget(way, variable=_GIVEN_URL), TIMEOUT)
        case "http":
            asked = Asking(http=url)
        case "ws":
            asked = Asking(ws=url)
        case "tcp":
            asked = Asking(tcp=rest)
        case "unix":
            asked = Asking(socket=rest)
        case "dns":
            asked = Asking(dns=rest)
        case "tls":
            asked = Asking(tls=rest if ":" in rest else f"{rest}:443")
        case _:
            known = ", ".join(_SCHEMES)
            raise _refused(shown, f"the scheme {scheme!r} is not known", f"use one of {known}")
    try:
        return Question(shown, build_target(asked), TIMEOUT)
    except ValueError as error:
        raise _refused(shown, str(error), "") from error


def _by_file(path: Path) -> list[Question]:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        hint = "give a file with [probes.NAME], or a URL"
        raise _refused(str(path), error.strerror or str(error), hint) from error
    questions, findings = read_probe_set(path, data, surroundings(path.resolve().parent))
    if findings:
        raise UsherError(
            f"cannot use {path}: {len(findings)} mistake{'s' if len(findings) > 1 else ''}",
            details=tuple(map(str, findings)),
            exit_code=ExitCode.USAGE,
        )
    return questions


def _refused(what: str, cause: str, hint: str) -> UsherError:
    return UsherError(f"cannot probe {what!r}: {cause}", hint=hint, exit_code=ExitCode.USAGE)


def _as_json(question: Question, answer: Answer) -> dict[str, object]:
    phases = [{"phase": name, "seconds": round(took, 6)} for name, took in answer.phases]
    return {"name": question.name, "ok": answer.ok, "detail": answer.detail, "phases": phases}


def _seconds(text: str) -> float:
    try:
        return float(Interval.parse(text))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
