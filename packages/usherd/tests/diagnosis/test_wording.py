"""What a diagnosis says beside the catalogue: the same in both languages."""

import re
from string import Formatter

from usher.alerts.korean import translated
from usher.diagnosis import close_codes, exits, next_step
from usher.diagnosis.korean_sentences import SAID
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


def test_what_is_said_beside_the_catalogue_is_told_in_korean() -> None:
    """What disproves a cause, how a process ended, what closed a connection: and nothing else."""
    steps = {next_step.step_for(begin, "").disproof for begin in (*next_step._STEPS, "else")}
    closings = {*close_codes.MEANINGS.values(), close_codes._OF_THE_APP}
    named = [each for each in vars(exits).values() if isinstance(each, exits.Ending)]
    ends = {each.meaning for each in (*named, *exits.BY_CODE.values())}
    assert SAID.keys() <= steps | closings | ends
    for said in steps | closings | ends:
        assert HANGUL.search(translated(said)), said
