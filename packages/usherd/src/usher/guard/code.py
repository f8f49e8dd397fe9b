"""What a check can find, as data: a stable code, how grave it is, and what to do about it."""

from typing import Literal, NamedTuple

from usher.model.finding import Finding


class Code(NamedTuple):
    """One kind of finding. Programs and people refer to it by `code`, which never changes.

    `cause` and `fix` are whole sentences for the reference; a finding's own message and hint
    quote the values of the case at hand.
    """

    code: str
    """"<area>.<what>", as in "guard.role"."""
    severity: Literal["error", "warning"]
    title: str
    cause: str
    fix: str
    forceable: bool = False
    """Whether `--force CODE --reason TEXT` lets a start go on in spite of it."""

    def finding(
        self, message: str, *, app: str = "", field: str = "", file: str = "", line: int = 0,
        hint: str = "",
    ) -> Finding:  # fmt: skip
        """Make a finding of this kind."""
        return Finding(message, app, field, file, line, hint, self.severity, self.code)
