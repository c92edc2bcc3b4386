"""Unified social credit codes (统一社会信用代码), which Chinese tax numbers are."""

# GB 32100-2015: digits and capitals without I, O, S, V and Z; a character's value is its place.
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18


def check_character(body: str) -> str:
    """The 18th character of a code with these 17: 31 − Σ value × 3^place mod 31, with 31 as 0.

    Source: GB 32100-2015, 4.6. Raises ValueError for another length or another character.
    Example: ``check_character("91330100799655058") == "B"``.
    """
    if len(body) != _LENGTH - 1:
        raise ValueError(body)
    total = sum(_CHARACTERS.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return _CHARACTERS[-total % 31]


def is_credit_code(text: str) -> bool:
    """Whether a text is such a code: 18 characters of which the last checks the others."""
    if len(text) != _LENGTH or any(character not in _CHARACTERS for character in text):
        return False
    return check_character(text[:-1]) == text[-1]
