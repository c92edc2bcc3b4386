"""Whoever runs an installation finds every variable that it heeds in one page."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guide" / "settings.md"
# Programs that a person starts: the product, its tools, tests and benchmarks.
FOLDERS = ("src", "tools", "tests", "benchmarks")
VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]+$")
# Read or set for other programs' sake, not for anybody to choose.
NOT_CHOSEN = {"DJANGO_SETTINGS_MODULE", "DEBIAN_FRONTEND", "PYTHONPATH", "PYTEST_XDIST_WORKER"}


def variables_read(source: str) -> set[str]:
    """The names of environment variables that a module reads.

    A name that is not spelled out where the environment is read (a loop over several) is taken from the words in
    capitals of the same function.
    """
    tree = ast.parse(source)
    found: set[str] = set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for scope in (tree, *functions):
        for key in _keys(scope):
            if isinstance(key, ast.Constant):
                found.add(str(key.value))
            elif scope is not tree:
                words = (node.value for node in ast.walk(scope) if isinstance(node, ast.Constant))
                found.update(word for word in words if isinstance(word, str) and VARIABLE.match(word))
    return {name for name in found if VARIABLE.match(name)} - NOT_CHOSEN


def _is_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "environ"


def _keys(scope: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(scope):
        match node:
            case ast.Subscript(value=value, slice=key, ctx=ast.Load()) if _is_environment(value):
                yield key
            case ast.Call(func=ast.Attribute(value=value, attr="get" | "pop" | "setdefault"), args=[key, *_]) if (
                _is_environment(value)
            ):
                yield key
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[key, *_]):
                yield key
            case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[value]) if _is_environment(value):
                yield key


@cache
def _read_anywhere() -> dict[str, str]:
    """Each variable and a file that reads it."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name in variables_read(path.read_text(encoding="utf-8")):
                found.setdefault(name, str(path.relative_to(ROOT)))
    return found


def _documented() -> set[str]:
    """Variables that open a row of a table of the page."""
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_no_variable_is_heeded_that_the_page_does_not_tell():
    missing = {name: file for name, file in _read_anywhere().items() if name not in _documented()}
    assert not missing, f"docs/guide/settings.md has no row for {missing}"


def test_no_variable_is_told_that_nothing_heeds():
    assert _documented() <= _read_anywhere().keys()


def test_a_variable_is_found_however_it_is_read():
    source = """
import os
A = os.environ["ONE"]
B = os.environ.get("TWO", "x")
C = "THREE" in os.environ
def many():
    for name in ("FOUR", "FIVE"):
        yield os.environ.get(name)
"""
    assert variables_read(source) == {"ONE", "TWO", "THREE", "FOUR", "FIVE"}
