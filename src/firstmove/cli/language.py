"""The language that commands speak: Chinese where the terminal does, else English."""

import os


def chosen() -> str:
    """``FIRSTMOVE_LANGUAGE`` (zh or en), else the locale's variables in the order in which programs heed them."""
    for name in ("FIRSTMOVE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").lower()
        if value:
            return "zh-hans" if value.startswith("zh") else "en"
    return "en"


def speak() -> None:
    """Let this process speak it, its error messages too. Call it once Django is set up."""
    from django.utils import translation

    translation.activate(chosen())
