"""The dialect of env files, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.config.dotenv import read_dotenv


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("A=1\nB=two words\n", {"A": "1", "B": "two words"}),
        ("# note\n\n  \nA=1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("  A = 1  ", {"A": "1"}),
        ("A=", {"A": ""}),
        ("A=1 # note", {"A": "1"}),
        ("A=1#2", {"A": "1#2"}),
        ("A='a # b'", {"A": "a # b"}),
        ("A='$HOME \\n'", {"A": "$HOME \\n"}),
        ('A="a\\nb \\"c\\" \\$D"', {"A": 'a\nb "c" $D'}),
        ('A="one\ntwo" # note\nB=2', {"A": "one\ntwo", "B": "2"}),
        ("A=$HOME", {"A": "$HOME"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=a=b", {"A": "a=b"}),
    ],
)
def test_values(text: str, variables: dict[str, str]) -> None:
    assert read_dotenv(text) == (variables, [])


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("A=1\nhunter2\nB=2", [(2, "expected NAME=value")]),
        ("1A=x", [(1, "expected NAME=value")]),
        ('\nA="open', [(2, "the quote after A= is not closed, or text follows it")]),
        ("A='x'y", [(1, "the quote after A= is not closed, or text follows it")]),
    ],
)
def test_faults_name_the_line_and_no_value(text: str, faults: list[tuple[int, str]]) -> None:
    assert read_dotenv(text)[1] == faults


@given(st.text(alphabet="A='\"\\\n #$x", max_size=40))
def test_any_text_ends(text: str) -> None:
    variables, faults = read_dotenv(text)
    assert all(1 <= line <= text.count("\n") + 1 for line, _ in faults)
    assert all(name and "=" not in name for name in variables)
