"""What kind of performance it is; the kind decides how its workbook is laid out."""

from enum import StrEnum


class Category(StrEnum):
    """Stored as the English word; people and the API see the Korean `label`."""

    PLAY = "play"
    MUSICAL = "musical"
    CONCERT = "concert"

    @property
    def label(self) -> str:
        """The Korean word."""
        return _LABELS[self]

    @property
    def is_concert(self) -> bool:
        """Plays and musicals are reported together, concerts apart."""
        return self is Category.CONCERT

    @staticmethod
    def from_label(label: str) -> "Category":
        """The category of a Korean label; `ValueError` names the label that is none."""
        for category, known in _LABELS.items():
            if known == label:
                return category
        known_labels = ", ".join(_LABELS.values())
        raise ValueError(f'cannot read category: "{label}" is none of {known_labels}')


_LABELS = {Category.PLAY: "연극", Category.MUSICAL: "뮤지컬", Category.CONCERT: "콘서트"}
