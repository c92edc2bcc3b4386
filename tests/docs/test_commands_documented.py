"""Whoever types `firstmove` finds every command and every option of it in one page."""

import argparse
import importlib
import re
from pathlib import Path

import pytest

from firstmove.cli import COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "commands.md"


def _sections() -> dict[str, str]:
    parts = re.split(r"^## firstmove (\w+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """Long options and the names of acts below the command, at any depth."""
    found: set[str] = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for act, below in action.choices.items():
                found |= {act} | _options(below)
        found |= {option for option in action.option_strings if option.startswith("--")}
    return found - {"--help"}


def test_every_command_has_a_section_and_every_section_a_command():
    assert list(_sections()) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_told(command):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"firstmove.cli.{command}").arguments(parser)
    told = _sections()[command]
    missing = sorted(option for option in _options(parser) if f"`{option}" not in told and f" {option}" not in told)
    assert not missing, f"docs/guide/commands.md does not tell of {missing} of firstmove {command}"
