"""The database as every command needs it: running, migrated, with Django on top."""

import contextlib
import os
from collections.abc import Iterator

from firstmove.cli import restore, stopping
from firstmove.kernel import home, postgres


@contextlib.contextmanager
def ready() -> Iterator[None]:
    """The server runs, its schema is current, no restore is half done. Beside a running `up` its server is used."""
    where = home.path()
    with postgres.running(where) as logins:
        try:
            postgres.ensure_app_role(logins)
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
            import django

            django.setup()
            _migrate(logins)
            restore.settle(where)
            yield
        finally:
            stopping.heard()


def _migrate(logins: postgres.Logins) -> None:
    """Bring the schema up to date as the owner; one process at a time, at once where there is nothing to do."""
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    owner = connections["owner"]
    try:
        executor = MigrationExecutor(owner)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        with logins.owner.connect() as gate:
            gate.execute("select pg_advisory_lock(7215000)")
            call_command("migrate", database="owner", interactive=False, verbosity=0)
    finally:
        owner.close()
