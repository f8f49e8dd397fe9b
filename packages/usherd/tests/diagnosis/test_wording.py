"""What a diagnosis says beside the catalogue: the same in both languages."""

import re
from string import Formatter

from usher.diagnosis import close_codes, next_step
from usher.diagnosis.korean_steps import SAID
from usher.diagnosis.wording import WORDS

HANGUL = re.compile("[가-힣]")


def test_every_word_is_there_in_both_languages_with_the_same_values() -> None:
    korean, english = WORDS["ko"], WORDS["en"]
    assert korean.keys() == english.keys()
    for key in english:
        fields = [
            {field for _, field, _, _ in Formatter().parse(words[key]) if field}
            for words in (korean, english)
        ]
        assert fields[0] == fields[1], key


def test_what_disproves_a_cause_and_what_closed_a_connection_is_told_in_korean() -> None:
    steps = {next_step.step_for(begin, "").disproof for begin in (*next_step._STEPS, "else")}
    assert SAID.keys() == steps | {*close_codes.MEANINGS.values(), close_codes._OF_THE_APP}
    assert all(HANGUL.search(said) for said in SAID.values())
