"""Whoever mistypes is told what was wrong and what to do, in a sentence and at once."""

import os

import pytest

from firstmove.cli import COMMANDS
from tests.cli.installation import Installation


@pytest.fixture(scope="module")
def empty(migrated, tmp_path_factory):
    """An empty installation, whose server keeps running between the commands."""
    here = Installation.copied(migrated, tmp_path_factory.mktemp("mistakes") / "home")
    with here.database():
        yield here


def said(done, *, code):
    assert done.code == code, done
    assert "Traceback" not in done.err
    assert done.out == ""
    return done.err.strip().splitlines()[-1]


def test_help_names_every_command(tmp_path):
    here = Installation(tmp_path / "home")
    done = here.run("--help")
    assert done.code == 0
    assert all(f"  {name} " in done.out for name in COMMANDS)
    assert not here.home.exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("plna",), "invalid choice: 'plna'"),
        (("plan", "--as-of", "yesterday"), "--as-of: invalid fromisoformat value: 'yesterday'"),
        (("plan", "now"), "unrecognized arguments: now"),
        (("intake",), "the following arguments are required: path"),
        (("user", "add", "--email", "a@example.com", "--name", "A", "--role", "king"), "invalid choice: 'king'"),
        (("backup",), "the following arguments are required: FILE"),
        (("up", "--port", "http"), "argument --port: invalid int value: 'http'"),
    ],
)
def test_a_wrong_word_is_named_before_anything_starts(tmp_path, words, expected):
    here = Installation(tmp_path / "home")
    assert expected in said(here.run(*words), code=2)
    assert not here.home.exists()


def test_a_wrong_port_of_the_environment_is_named(tmp_path):
    here = Installation(tmp_path / "home", (("PORT", "http"),))
    assert "argument --port: invalid int value: 'http'" in said(here.run("up"), code=2)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("plan",), "firstmove plan: This installation is not initialised. Run: firstmove init"),
        (("init", "--currency", "money"), "firstmove init: "),
        (("init", "--time-zone", "Mars/Olympus"), "firstmove init: "),
        (("intake", "/nowhere/at/all"), "firstmove intake: "),
        (("user", "reset", "--email", "nobody@example.com"), "firstmove user: "),
        (("backup", "/nowhere/at/all.tar.gz"), "firstmove backup: There is no folder /nowhere/at."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(empty, words, expected):
    assert said(empty.run(*words), code=1).startswith(expected)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://me@here/db", "DATABASE_URL must look like postgresql://owner:password@host:5432/database"),
        ("postgresql://me:pw@127.0.0.1:1/db", "The database db at 127.0.0.1 port 1 cannot be reached as me"),
    ],
)
def test_a_database_that_cannot_be_reached_is_named(tmp_path, url, expected):
    here = Installation(tmp_path / "home", (("DATABASE_URL", url),))
    assert expected in said(here.run("user", "list"), code=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as root alone: of others home folders are fine")
def test_as_root_a_data_folder_in_a_home_folder_is_refused(tmp_path):
    here = Installation(tmp_path.__class__("/root/firstmove-refused"))
    assert "As root the data folder may not lie in /root" in said(here.run("user", "list"), code=1)
    assert not here.home.exists()


def test_a_data_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    here = Installation(tmp_path / "file" / "home")
    assert "cannot be made" in said(here.run("user", "list"), code=1)
