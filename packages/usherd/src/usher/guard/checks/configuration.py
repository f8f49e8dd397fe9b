"""Mistakes of a definition by itself. The rules stand in `usher.config`, which reads it."""

from typing import Final

from usher.guard.code import Code
from usher.model import finding

UNREADABLE: Final = Code(
    finding.UNREADABLE,
    "error",
    "The configuration file cannot be read",
    "It is not there, or its mode or a folder above it keeps this user away.",
    "Give the right path, or let the user who runs usher read it.",
)
SYNTAX: Final = Code(
    finding.SYNTAX,
    "error",
    "The configuration file cannot be parsed or evaluated",
    "The text is not valid in its format, or the program in it ended with an error.",
    "Mend the text at the line that is named.",
)
UNKNOWN_KEY: Final = Code(
    finding.UNKNOWN_KEY,
    "error",
    "A key is not known",
    "It is misspelled or stands in the wrong table, so what it says has no effect. In a file of "
    "PM2's form it is a warning unless `--strict` is given, because PM2 ignores such keys too.",
    "Take the name that is proposed, or remove the key.",
)
VALUE: Final = Code(
    finding.VALUE,
    "error",
    "A value cannot be used",
    "It has the wrong type or unit, is out of its range, names something that is not there, or "
    "contradicts another value.",
    "Write what the message expects.",
)
ADVICE: Final = Code(
    finding.ADVICE,
    "warning",
    "Something that is written has another effect than it seems",
    "PM2's form allows combinations in which a part has no effect or a surprising one.",
    "Write it as the hint says, or leave it out.",
)
WRITABLE: Final = Code(
    finding.WRITABLE,
    "warning",
    "Others may change the configuration file",
    "Its mode lets the group or anybody write it, and it says which programs are executed. For "
    "root a file that anybody may write is refused.",
    "`chmod go-w FILE`.",
)

NOT_HERE: Final = Code(
    finding.NOT_HERE,
    "error",
    "Something that the file names is not on this host",
    "A folder, script, program or env file is not there, or cannot be executed or read. With "
    "`--ci`, which checks for another host, this is not looked at.",
    "Correct the path, install or build what is missing, or let this user use it.",
)

CODES: Final = (UNREADABLE, SYNTAX, UNKNOWN_KEY, VALUE, NOT_HERE, ADVICE, WRITABLE)
