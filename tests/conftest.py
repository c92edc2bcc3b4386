"""What every test stands on: a real PostgreSQL served as the app role, the real data, and the shared cast."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import django
import pytest

# Before Django's settings are read: a data folder of this test process alone.
_HOME = Path(tempfile.mkdtemp(prefix="firstmove-test-"))
(_HOME / "static").mkdir()
os.environ["FIRSTMOVE_HOME"] = str(_HOME)
# Named here and not in pyproject.toml, from where it would be read before this line gave it a folder of its own.
os.environ["DJANGO_SETTINGS_MODULE"] = "firstmove.config.settings"
django.setup()

REPOSITORY = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("FIRSTMOVE_REAL_DATA", REPOSITORY.parent / "shared" / "data"))

pytest_plugins = ["tests.patterns", "tests.standing", "tests.cast", "tests.scene"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that read it are left out, and counted, where it is absent."""
    if not (REAL_DATA / "iowa").is_dir():
        pytest.skip("real data absent: set FIRSTMOVE_REAL_DATA")
    return REAL_DATA


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """A hash that is meant to be slow says nothing in tests."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def server(request):
    """The database server of this test process, without fsync; a copy that is migrated already where it is embedded."""
    from firstmove.kernel import home, postgres

    homes = home.path()
    if "DATABASE_URL" not in os.environ:
        migrated = request.getfixturevalue("migrated")
        for part in ("postgres", "secrets.json"):
            subprocess.run(["cp", "-Rp", migrated / part, homes / part], check=True)
    with postgres.running(homes) as logins:
        postgres.ensure_app_role(logins)
        yield logins


@pytest.fixture(scope="session")
def django_db_setup(server, django_db_blocker):
    """Migrated by the owner, tested as the app role: row-level security holds in every test."""
    from django.core.management import call_command
    from django.db import connections

    with django_db_blocker.unblock():
        for alias, login in (("default", server.app), ("owner", server.owner)):
            connections[alias].settings_dict.update(login.django())
        if "DATABASE_URL" in os.environ:
            call_command("migrate", database="owner", interactive=False, verbosity=0)
        with server.owner.connect() as db:
            # Only to empty tables between tests that commit; an installation's app role never may.
            db.execute(f"grant truncate on all tables in schema public to {server.app.user}")
        connections["owner"].close()
        yield
        for connection in connections.all():
            connection.close()


def pytest_unconfigure():
    """The data folder of this process goes with it; its server has stopped with its last user."""
    shutil.rmtree(_HOME, ignore_errors=True)


def pytest_terminal_summary(terminalreporter):
    """The last lines count what was left out, and why."""
    left_out = terminalreporter.stats.get("skipped", [])
    if left_out:
        reasons: dict[str, int] = {}
        for report in left_out:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            reasons[reason] = reasons.get(reason, 0) + 1
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"left out: {count} tests ({reason})")
