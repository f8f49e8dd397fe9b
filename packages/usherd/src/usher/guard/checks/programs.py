"""What an app runs: can its interpreter read it, and is everything there that it needs?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from usher.guard import command_line
from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.guard.versions import satisfies
from usher.model.facts import Artefact, Package, Syntax
from usher.model.finding import Finding

SYNTAX: Final = Code(
    "program.syntax",
    "error",
    "The script has a mistake in its syntax",
    "Its interpreter cannot read it, so the app would end at once, again and again.",
    "Mend the line that is named, or build anew.",
    forceable=True,
)
VERSION: Final = Code(
    "program.version",
    "warning",
    "The interpreter has another version than the app asks for",
    "`engines.node` in package.json names the versions the app is made for.",
    "Install the version, or name its interpreter in the file.",
)
SCRIPT_MISSING: Final = Code(
    "program.npm_script_missing",
    "error",
    "The script is not in package.json",
    "The command runs a script of package.json by name, and there is none of that name.",
    "Take one of the names that package.json has.",
    forceable=True,
)
DEPENDENCIES: Final = Code(
    "program.dependencies_missing",
    "warning",
    "Packages that the app depends on are not installed",
    "They stand in package.json and in no node_modules folder above it. An app that is bundled "
    "into one file does not need them.",
    "`npm ci`.",
)
BUILD_MISSING: Final = Code(
    "build.missing",
    "error",
    "The app is not built",
    "The command serves what a build made, and there is no build.",
    "Build it, then start it.",
    forceable=True,
)
BUILD_STALE: Final = Code(
    "build.stale",
    "warning",
    "The source is newer than the build",
    "A source file was changed after the app was built: what runs is not what is in the source.",
    "Build it anew.",
)

CODES: Final = (SYNTAX, VERSION, SCRIPT_MISSING, DEPENDENCIES, BUILD_MISSING, BUILD_STALE)

SERVES_BUILD: Final = {
    ("next", "start"): ".next/BUILD_ID",
    ("nuxt", "start"): ".output/nitro.json",
    ("nuxt", "preview"): ".output/nitro.json",
    ("vite", "preview"): "dist/index.html",
}
"""Commands that serve a build, and a file that every build of theirs leaves."""

_BUILT: Final = re.compile(r"(?:^|/)(?:dist|build|out|\.output|\.next)/")


def built_by(app: Definition, package: Package) -> str:
    """Return the file, below the app's folder, that a build has to leave; empty: none is known."""
    argv = app.spec.argv
    if script := command_line.npm_script(argv):
        argv = tuple(dict(package.commands).get(script, "").split())
    for name, rest in command_line.programs(argv):
        if rest and (artefact := SERVES_BUILD.get((name, rest[0]))):
            return artefact
    inside = [word.removeprefix(f"{app.spec.cwd}/") for word in app.spec.argv]
    return next((word for word in inside if _BUILT.search(word) and "node_modules" not in word), "")


def judge_syntax(
    apps: Iterable[Definition], said: Mapping[str, Syntax], packages: Mapping[str, Package]
) -> list[Finding]:
    """Judge what the interpreters of the apps (by name) said about their scripts."""
    return [
        finding
        for app in apps
        if (syntax := said.get(app.spec.name)) is not None
        for finding in _syntax(app, syntax, packages.get(app.spec.name, Package("")))
    ]


def _syntax(app: Definition, said: Syntax, package: Package) -> Iterator[Finding]:
    if said.fault:
        place = f"{said.file or said.script}:{said.line}" if said.line else said.script
        yield app.finding(SYNTAX, f"{place}: {said.fault}", "script")
    asked = package.engines_node
    if asked and said.node and satisfies(said.node, asked) is False:
        message = f"Node is {said.node}, and package.json asks for {asked!r}"
        yield app.finding(VERSION, message, "interpreter", f"nvm install {asked}")


def judge_packages(
    apps: Iterable[Definition],
    packages: Mapping[str, Package],
    builds: Mapping[str, Artefact],
) -> list[Finding]:
    """Judge what is installed and built around the apps (by name)."""
    found: list[Finding] = []
    for app in apps:
        package = packages.get(app.spec.name)
        if package is not None:
            found += _package(app, package)
            build = builds.get(app.spec.name)
            found += [] if build is None else _build(app, package, build)
    return found


def judge_scripts(apps: Iterable[Definition], packages: Mapping[str, Package]) -> list[Finding]:
    """Judge whether package.json has the scripts that the apps run by name."""
    return [
        finding
        for app in apps
        if (package := packages.get(app.spec.name)) is not None
        for finding in _scripts(app, package)
    ]


def _scripts(app: Definition, package: Package) -> Iterator[Finding]:
    known = [name for name, _ in package.commands]
    script = command_line.npm_script(app.spec.argv)
    if script and script not in known:
        names = ", ".join(known[:8]) or "none"
        message = f"package.json in {package.folder!r} has no script {script!r}"
        yield app.finding(SCRIPT_MISSING, message, "args", f"it has: {names}")


def _package(app: Definition, package: Package) -> Iterator[Finding]:
    if package.missing:
        names = ", ".join(package.missing[:5])
        more = len(package.missing) - 5
        message = f"not installed: {names}" + (f" and {more} more" if more > 0 else "")
        yield app.finding(DEPENDENCIES, message, "cwd", f"cd {package.folder} && npm ci")


def _build(app: Definition, package: Package, build: Artefact) -> Iterator[Finding]:
    if not build.exists:
        yield app.finding(BUILD_MISSING, f"{build.path!r} is not there", "script", "npm run build")
    elif package.source_changed > build.changed:
        message = f"{package.newest_source!r} is newer than the build {build.path!r}"
        yield app.finding(BUILD_STALE, message, "script", "npm run build")
