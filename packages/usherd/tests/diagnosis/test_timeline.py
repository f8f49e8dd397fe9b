"""The order in which a log speaks of faults."""

from usher.diagnosis.match import Matcher
from usher.diagnosis.ranking import diagnose
from usher.diagnosis.timeline import MOST, Timeline, timeline

REFUSED = "Error: connect ECONNREFUSED 127.0.0.1:5432"
FULL = "Error: ENOSPC: no space left on device, write"


def of(lines: list[str]) -> Timeline:
    return timeline(diagnose(list(Matcher().matches(lines)), len(lines)))


def test_lines_in_a_row_are_one_stretch() -> None:
    course = of([REFUSED, "hello", REFUSED, FULL, REFUSED])
    assert [(e.first.signature.id, e.first.line, e.last.line, e.times) for e in course.begin] == [
        ("db.connection_refused", 0, 2, 2),
        ("fs.no_space", 3, 3, 1),
        ("db.connection_refused", 4, 4, 1),
    ]
    assert (course.left_out, course.end) == (0, ())


def test_of_many_the_middle_is_left_out() -> None:
    course = of([REFUSED, FULL] * 20)
    assert len(course.begin) == len(course.end) == MOST // 2
    assert course.left_out == 40 - MOST
    assert (course.begin[0].first.line, course.end[-1].last.line) == (0, 39)
