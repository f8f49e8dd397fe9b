"""An app as it is defined, with the places of what it says: what every check of a file is given."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from usher.guard.code import Code
from usher.model.finding import Finding
from usher.model.spec import ServiceSpec

SHELL = "shell"
"""Source of a variable that the caller's environment supplied, and not the file."""


class Definition(NamedTuple):
    """One app of a file. `lines` and `sources` may be empty: then nothing is known of places."""

    spec: ServiceSpec
    file: str = ""
    lines: Mapping[str, int] = {}
    """Key as a person writes it ("env.PORT") -> line; "" stands for the app itself."""
    sources: Mapping[str, str] = {}
    """Variable -> where its value is from ("shell", "env", the path of a file)."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.spec.label or self.spec.name

    @property
    def own_env(self) -> dict[str, str]:
        """The variables that the definition says, without those of whoever happens to call."""
        return {
            name: value
            for name, value in self.spec.env.items()
            if self.sources.get(name, "") != SHELL
        }

    def line_of(self, field: str) -> int:
        """Return the line of a key, of the nearest table around it, or of the app; 0: unknown."""
        return next((self.lines[key] for key in self._keys(field) if key in self.lines), 0)

    def finding(self, code: Code, message: str, field: str = "", hint: str = "") -> Finding:
        """Say something about this app, at the line of `field`."""
        line = self.line_of(field)
        return code.finding(
            message, app=self.name, field=field, file=self.file, line=line, hint=hint
        )

    def variable(self, name: str) -> str:
        """Return the field under which a variable stands in the file."""
        source = self.sources.get(name, "env")
        return f"{source}.{name}" if source.startswith("env") else f"env.{name}"

    def _keys(self, field: str) -> Iterator[str]:
        while field:
            yield field
            yield f"usher.{field}"
            field = field.rpartition(".")[0]
        yield ""
