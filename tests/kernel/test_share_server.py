"""The data folder's server and secrets, as several commands, a crash and an odd folder meet them."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from firstmove.kernel import home, postgres

WITHOUT_URL = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the embedded server alone")


def test_commands_that_start_together_do_not_trip_over_each_other(server):
    """`firstmove plan` beside a worker that restarts ended in "tuple concurrently updated"."""

    def set_up(_number: int) -> None:
        for _ in range(8):
            postgres.ensure_app_role(server)

    with ThreadPoolExecutor(4) as commands:
        assert list(commands.map(set_up, range(4))) == [None] * 4


def test_secrets_are_the_same_for_all_who_ask_first(tmp_path):
    """A second process read the file while the first one was still writing it."""
    with ThreadPoolExecutor(8) as commands:
        found = set(commands.map(lambda _: home.read_secrets(tmp_path), range(32)))
    assert len(found) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_kill_while_secrets_are_made_leaves_no_half_file(tmp_path):
    """An empty secrets.json stopped every later command with a JSON error."""
    script = (
        "import json, os, pathlib, sys; from firstmove.kernel import home\n"
        "json.dump = lambda *_: os._exit(9)\n"
        "home.read_secrets(pathlib.Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == 9
    assert home.read_secrets(tmp_path).secret_key
    assert json.loads((tmp_path / "secrets.json").read_text())


@WITHOUT_URL
@pytest.mark.parametrize("name", ["with blank", "semi;colon", "quote'd"])
def test_a_folder_in_which_the_server_cannot_lie_is_refused_at_once(tmp_path, name):
    """It was tried six times for a quarter of a minute, and then the log was blamed."""
    with pytest.raises(home.HomeError, match="blank or another special character"), postgres.running(tmp_path / name):
        pass


def test_the_mark_of_a_crashed_server_is_not_taken_for_another_program(tmp_path):
    """After a crash in a container its process number is soon somebody else's, who was taken for the database."""
    lines = (os.getpid(), tmp_path, 1_700_000_000, 5432, tmp_path, "", "", "ready")
    (tmp_path / "postmaster.pid").write_text("\n".join(str(line) for line in lines) + "\n")
    postgres._forget_stranger(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()


@WITHOUT_URL
def test_the_mark_of_a_running_server_stays(server):
    folder = home.path() / "postgres"
    postgres._forget_stranger(folder)
    assert Path(folder / "postmaster.pid").exists()
    assert server.owner.connect().execute("select 1").fetchone() == (1,)
