"""An installation on a PostgreSQL server of one's own, named by DATABASE_URL, is like any other."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.cli.installation import Installation, free_port


def program(name):
    """A program of a stock server: on the path, or where Debian keeps it."""
    found = [shutil.which(name), *map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True))]
    return next((path for path in found if path), None)


@pytest.fixture(scope="module")
def server():
    """A stock server with an owner that may make roles and is no superuser; yields its URL."""
    initdb, control = program("initdb"), program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("no stock PostgreSQL server: install the package postgresql")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="firstmove-server-") as folder:
        data = Path(folder) / "data"
        run = {"capture_output": True, "cwd": folder}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "nobody")
            run["user"] = "nobody"
        subprocess.run([initdb, "-D", data, "-U", "root", "-A", "trust", "--no-sync"], check=True, **run)
        options = f"-h 127.0.0.1 -p {port} -k {folder} -F"
        subprocess.run([control, "-w", "-D", data, "-o", options, "-l", f"{folder}/log", "start"], check=True, **run)
        try:
            with psycopg.connect(f"postgresql://root@127.0.0.1:{port}/postgres", autocommit=True) as db:
                db.execute("create role shop login createrole password 'geheim'")
                db.execute("create database shop owner shop template template0 encoding 'UTF8'")
            yield f"postgresql://shop:geheim@127.0.0.1:{port}/shop"
        finally:
            subprocess.run([control, "-w", "-m", "immediate", "-D", data, "stop"], check=True, **run)


def test_it_is_taken_in_planned_examined_and_backed_up_there(server, tmp_path):
    here = Installation(tmp_path / "home", (("DATABASE_URL", server),))
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / "dealers.csv").write_text("dealer,name\nD-1,One\n")
    (feeds / "products.csv").write_text("sku,name,unit_cost,unit_price\n077,Tea,1,2\n")
    lines = [f"2026-{1 + day // 28:02d}-{1 + day % 28:02d},{day},D-1,077,2" for day in range(84)]
    (feeds / "sales.csv").write_text("date,line,dealer,sku,quantity\n" + "\n".join(lines) + "\n")
    for words in (
        ("intake", str(feeds)),
        ("plan", "--as-of", "2026-03-28"),
        ("doctor",),
        ("backup", str(tmp_path / "shop.tar.gz")),
    ):
        done = here.run(*words)
        assert done.code == 0, (words, done)
    assert not (here.home / "postgres").exists()
    with psycopg.connect(server) as db:
        owner = db.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
        app = db.execute("select rolsuper, rolbypassrls from pg_roles where rolname = 'shop_app'").fetchone()
        assert (owner, app) == ((False,), (False, False))
        # Even the owner sees nothing without saying who is acting.
        assert db.execute("select count(*) from planning_outlook").fetchone() == (0,)
    # From a server of one's own into the embedded one, which is how one moves house.
    there = Installation(tmp_path / "embedded")
    done = there.run("restore", str(tmp_path / "shop.tar.gz"))
    assert done.code == 0, done.err
    with there.database() as db:
        assert db.execute("select count(*) from planning_outlook").fetchone() == (1,)
