"""Installations that are made once a test session, whatever the number of its processes, and copied by who needs one:
over a hundred migrations, and all the more a demo network, cost seconds of every test that makes its own.
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.installation import Installation, until


def _made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made by the process that asks first; the others wait for it. What failed half-way is made again."""
    done = folder.with_suffix(".done")
    with folder.with_suffix(".gate").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this test session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def migrated(patterns: Path, django_db_blocker: Any) -> Path:
    """A data folder with a database that has every table and no row: copy it, do not use it."""

    def make(home: Path) -> None:
        from django.core.management import call_command
        from django.db import connections

        from firstmove.kernel import postgres

        owner = connections["owner"]
        here = Installation(home)
        with here.server() as logins, django_db_blocker.unblock():
            without_sync(home, logins)
            postgres.ensure_app_role(logins)
            before = dict(owner.settings_dict)
            owner.close()
            owner.settings_dict.update(logins.owner.django())
            try:
                call_command("migrate", database="owner", interactive=False, verbosity=0)
            finally:
                owner.close()
                owner.settings_dict.update(before)

    return _made_once(patterns / "migrated", make)


def without_sync(home: Path, logins: Any) -> None:
    """A test's server need not survive a power cut; what survives the end of a process stays."""
    from firstmove.kernel import home as homes
    from firstmove.kernel import postgres

    password = homes.read_secrets(home).superuser_password
    with postgres.Login(logins.owner.host, logins.owner.port, "postgres", "postgres", password).connect() as db:
        db.execute("alter system set fsync = off")
        db.execute("alter system set synchronous_commit = off")
        db.execute("select pg_reload_conf()")


@pytest.fixture(scope="session")
def demo_home(patterns: Path, migrated: Path) -> Path:
    """The demo network; its loading was stopped in the middle once, and completed. Copy it, do not use it."""

    def make(home: Path) -> None:
        here = Installation.copied(migrated, home)
        loading = here.start("demo", "--scale", "0.02")
        until(lambda: (home / "lake" / "sales").is_dir() or loading.poll() is not None)
        loading.terminate()
        _out, err = loading.communicate(timeout=60)
        assert (loading.returncode, err.splitlines()[-1]) == (130, "stopped")
        assert here.postmaster() is None
        done = here.run("demo", "--scale", "0.02")
        assert done.code == 0, done.err

    return _made_once(patterns / "demo", make)
