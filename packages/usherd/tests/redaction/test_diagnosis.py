"""operations.md C.4, statement 7: a log is understood as well when its secrets are taken out."""

import pytest

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.lines import plain
from usher.diagnosis.match import Matcher
from usher.redaction.redactor import Redactor

MATCHER = Matcher()
KNOWN = Redactor(["Zk4-Wq8rT1mXv"])


def found(line: str) -> set[str]:
    return {signature.id for signature in MATCHER.search(plain(line))}


@pytest.mark.parametrize("name", CATALOGUE)
def test_c4_7_redacted_lines_name_the_same_faults(name: str) -> None:
    for line in (CATALOGUE[name].example, CATALOGUE[name].benign):
        assert found(KNOWN.line(line)) == found(line)
        # Beside a secret too, which then goes.
        told = KNOWN.line(f"{line} password=Zk4-Wq8rT1mXv")
        assert "Zk4" not in told
        assert found(told) == found(f"{line} password=")
