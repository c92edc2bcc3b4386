"""Fail when a model changed without a migration, or when two migrations follow the same one.

Reads the code alone: no server has to run.
"""

import os
import sys
import tempfile


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
    with tempfile.TemporaryDirectory() as home:
        os.environ["FIRSTMOVE_HOME"] = home
        import django
        from django.apps import apps
        from django.db.migrations.autodetector import MigrationAutodetector
        from django.db.migrations.loader import MigrationLoader
        from django.db.migrations.state import ProjectState
        from django.utils import translation

        django.setup()
        translation.deactivate_all()  # names of choices are compared as they stand in the code
        loader = MigrationLoader(None)
        ours = {config.label for config in apps.get_app_configs() if config.name.startswith("firstmove.")}
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
        changes = detector.changes(graph=loader.graph, trim_to_apps=ours)
        conflicts = {label: names for label, names in loader.detect_conflicts().items() if label in ours}
    for label, names in conflicts.items():
        print(f"{label}: {' and '.join(sorted(names))} follow the same migration: one has to follow", file=sys.stderr)
    for label, migrations in changes.items():
        for migration in migrations:
            for operation in migration.operations:
                print(f"{label}: {operation.describe()} has no migration", file=sys.stderr)
    return 1 if changes or conflicts else 0


if __name__ == "__main__":
    sys.exit(main())
