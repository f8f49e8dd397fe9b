"""In which language a command speaks to people: that of --lang, or of the locale."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from usher.model.language import Language


def takes_language(parser: ArgumentParser) -> None:
    """Take the language; what programs read is in none."""
    parser.add_argument(
        "--lang", choices=("ko", "en"), help="language (that of LC_ALL, LC_MESSAGES or LANG)"
    )


def language_of(options: Namespace) -> Language:
    """Return what was asked for; otherwise the first of the locale's variables that is set."""
    if options.lang is not None:
        return options.lang
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "ko" if locale.startswith("ko") else "en"


def sentences_in(language: Language) -> Callable[[str], str]:
    """Return what puts a sentence of usher's into this language; they are kept in English."""
    if language == "en":
        return str
    from usher.alerts.korean import translated  # its forms are for Korean readers alone

    return translated
