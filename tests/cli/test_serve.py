"""`firstmove up` as an operator lives with it: it serves, shares, stops whole, and survives being killed."""

import json
import os
import signal
import socket
import subprocess

import pytest

from tests.cli.installation import Installation, answer, descendants, interrupt, is_alive, until


@pytest.fixture(scope="module")
def installation(demo_home, tmp_path_factory):
    """The demo network; its loading was stopped in the middle once, and completed."""
    here = Installation.copied(demo_home, tmp_path_factory.mktemp("serve") / "home")
    yield here
    here.stop()


def test_a_demo_is_loaded_into_an_empty_folder_alone(installation, tmp_path):
    done = installation.run("demo")
    assert done.code == 1
    assert done.err.strip() == (
        "firstmove demo: This data folder is not empty. Set FIRSTMOVE_HOME to an empty folder for the demo."
    )
    (tmp_path / "dealers.csv").write_text("dealer,name\nD-1,One\n")
    done = installation.run("intake", str(tmp_path))
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert "demo" in done.err


def test_commands_beside_up_use_its_server_and_sigterm_stops_everything(installation):
    with installation.up() as (process, port):
        server = installation.postmaster()
        assert server is not None
        assert "<form" in (answer(port, "/") or "")
        people = installation.run("user", "list")
        assert people.code == 0, people.err
        assert "dealer@demo.example" in people.out
        planned = installation.run("plan")
        assert planned.code == 0, planned.err
        assert installation.postmaster() == server
        assert answer(port, "/health/") == "ok\n"
        until(lambda: _state_of("worker", installation) == "good")
        family = descendants(process.pid)
        assert len(family) >= 2
        process.terminate()
        out, _err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert f"http://localhost:{port}" in out
        until(lambda: not any(map(is_alive, {*family, server})), seconds=5)
    assert installation.postmaster() is None


def _state_of(what, installation):
    found = json.loads(installation.run("doctor", "--json").out)
    return next(finding["state"] for finding in found if finding["what"] == what)


def test_ctrl_c_stops_everything_and_a_second_up_is_refused_before(installation):
    with installation.up() as (process, port):
        second = installation.run("up", "--port", str(port + 1))
        assert second.code == 1
        assert second.err.strip() == (
            f"firstmove up: {installation.home} is in use by another firstmove up or restore (process {process.pid}). "
            "Stop that one first, or set FIRSTMOVE_HOME to another folder."
        )
        assert answer(port, "/health/") == "ok\n"
        family, server = descendants(process.pid), installation.postmaster()
        interrupt(process)
        process.communicate(timeout=60)
        assert process.returncode == 0
        until(lambda: not any(map(is_alive, {*family, server})), seconds=5)


def test_what_a_killed_up_leaves_behind_ends_with_the_next_command(installation):
    with installation.up() as (process, _port):
        family = descendants(process.pid)
        process.kill()
        process.wait()
        until(lambda: not any(map(is_alive, family)))
        people = installation.run("user", "list")
        assert people.code == 0, people.err
        assert "dealer@demo.example" in people.out
        assert installation.postmaster() is None


def test_pages_that_were_killed_come_back(installation):
    with installation.up() as (process, port):
        pages = next(child for child in descendants(process.pid) if _runs(child, "granian"))
        os.kill(pages, signal.SIGKILL)
        until(lambda: not is_alive(pages))
        until(lambda: answer(port, "/health/") == "ok\n" and process.poll() is None)
        family = descendants(process.pid)
        process.terminate()
        process.communicate(timeout=60)
        until(lambda: not any(map(is_alive, family)), seconds=5)


def _runs(process_id, name):
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(process_id)], capture_output=True, text=True, check=False)
    return name in shown.stdout


def test_a_taken_port_is_said_at_once(tmp_path):
    here = Installation(tmp_path / "home")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = here.run("up", "--port", str(port))
    assert done.code == 1
    assert done.err.strip() == (
        f"firstmove up: Port {port} on 127.0.0.1 is taken by another program. Choose another: PORT=8001 firstmove up"
    )
    assert here.postmaster() is None
