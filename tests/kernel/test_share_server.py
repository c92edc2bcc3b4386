"""One server for any number of processes on a data folder: the first starts it, the last stops it."""

import multiprocessing
import os

import pytest

from firstmove.kernel import home as homes
from firstmove.kernel import postgres
from tests.cli.installation import Installation, is_alive, until


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return Installation(tmp_path / "home")


def _use(home, entered, leave, numbers):
    os.environ.pop("DATABASE_URL", None)
    with postgres.running(home) as logins, logins.owner.connect() as db:
        numbers.put(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
        db.execute("select 1")
        entered.set()
        leave.wait()
        assert db.execute("select 1").fetchone() == (1,)


def test_two_processes_share_a_server_and_the_last_one_stops_it(here):
    spawn = multiprocessing.get_context("spawn")
    numbers, users = spawn.Queue(), []
    for _ in range(2):
        entered, leave = spawn.Event(), spawn.Event()
        user = spawn.Process(target=_use, args=[here.home, entered, leave, numbers])
        user.start()
        users.append((user, entered, leave))
    assert all(entered.wait(60) for _user, entered, _leave in users)
    server, same = numbers.get(), numbers.get()
    assert server == same
    (first, _entered, leave_first), (last, _entered, leave_last) = users
    leave_first.set()
    first.join(30)
    assert is_alive(server)
    leave_last.set()
    last.join(30)
    assert (first.exitcode, last.exitcode) == (0, 0)
    until(lambda: not is_alive(server))


def test_a_user_that_is_killed_leaves_a_server_that_the_next_one_stops(here):
    spawn = multiprocessing.get_context("spawn")
    entered, leave, numbers = spawn.Event(), spawn.Event(), spawn.Queue()
    user = spawn.Process(target=_use, args=[here.home, entered, leave, numbers])
    user.start()
    assert entered.wait(60)
    server = numbers.get()
    user.kill()
    user.join()
    assert is_alive(server)
    with postgres.running(here.home) as logins, logins.owner.connect() as db:
        assert here.postmaster() == server
        assert db.execute("select 1").fetchone() == (1,)
    until(lambda: not is_alive(server))


def test_a_server_whose_power_was_cut_starts_again(here):
    with here.database() as db:
        db.execute("create table kept as select 1 as one")
        server = here.postmaster()
        os.kill(server, 9)
        until(lambda: not is_alive(server))
    with here.database() as db:
        assert db.execute("select one from kept").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as root alone: of others home folders are fine")
def test_as_root_a_home_folder_is_not_opened_up(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(homes.HomeError, match="may not lie in /root"), postgres.running(homes.Path("/root/firstmove")):
        pass
