"""`firstmove doctor`: look at this installation, say what is wrong and what to do. It changes nothing."""

import argparse
import datetime as dt
import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from firstmove.cli.checks import Finding, good, note, wrong

if TYPE_CHECKING:
    from firstmove.kernel import postgres

_SIGNS = {"good": "✓", "wrong": "✗", "note": "·"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs: a list of what, state, says and todo")


def run(options: argparse.Namespace) -> int:
    """Returns 1 where something is wrong."""
    from firstmove.cli.console import console

    found = []
    for finding in findings():
        found.append(finding)
        if not options.json:
            console.print(f"{_SIGNS[finding.state]} {finding.what}: {finding.says}", markup=False)
            if finding.todo:
                console.print(f"    {finding.todo}", markup=False)
    if options.json:
        print(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
    return 1 if any(finding.state == "wrong" for finding in found) else 0


def findings() -> Iterator[Finding]:
    """Every check in turn; what rests on a server that does not run is left out, once that is said."""
    from firstmove.cli import up
    from firstmove.cli.checks import files
    from firstmove.kernel import home, postgres

    where = home.path()
    try:
        home.ensure(where)
    except home.HomeError as error:
        yield wrong("data folder", str(error), "Set FIRSTMOVE_HOME to a folder that this user may write.")
        return
    up_runs = up.is_running(where)
    yield from files.data_folder(where)
    try:
        with postgres.running(where) as logins:
            reached = yield from _reach(logins)
            if reached:
                yield from _inside(up_runs=up_runs)
    except (home.HomeError, postgres.ServerError) as error:
        yield wrong("database", str(error), "Mend that first; the other checks need it.")


def _reach(logins: "postgres.Logins") -> Generator[Finding, None, bool]:
    """Both roles connect, and there are tables. Returns whether the other checks can be made."""
    import psycopg

    for login, todo in (
        (logins.owner, "See that the server runs, and that DATABASE_URL names it and the owner's password."),
        (logins.app, f"Any other command makes it where the owner may; else: drop role {logins.app.user} and repeat."),
    ):
        try:
            with login.connect(connect_timeout=10) as db:
                version = db.info.server_version // 10000
                (table,) = db.execute("select to_regclass('django_migrations')").fetchone() or (None,)
        except psycopg.OperationalError as error:
            yield wrong("database", f"{login.user} cannot connect: {' '.join(str(error).split())}", todo)
            return False
        if table is None:
            yield note("database", "New, without tables: the next command makes them. Fill it with: firstmove demo")
            return False
        yield good("database", f"{login.user} reaches PostgreSQL {version} at {login.host}.")
    return True


def _inside(*, up_runs: bool) -> Iterator[Finding]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from firstmove.cli.checks import database, files, letters, work

    now = dt.datetime.now(dt.UTC)
    checks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("schema", database.schema),
        ("serving role", database.role),
        ("row-level security", database.policies),
        ("pages", partial(files.pages, settings.PACKAGE, settings.STATIC_ROOT, settings.LOCALE_PATHS)),
        ("lake", partial(files.lake, str(settings.LAKE_ROOT))),
        ("planning", partial(work.runs, now)),
        ("news", partial(work.news, now)),
        ("jobs", partial(work.jobs, now, up_runs=up_runs)),
        ("letters", letters.server),
        ("reminders", letters.reminders),
    )
    for what, check in checks:
        try:
            yield from check()
        except Exception as error:  # a check that cannot be made is a finding, and the others go on
            text = (str(error).splitlines() or [""])[0]
            yield wrong(
                what, f"Could not be looked at: {type(error).__name__}: {text}", "Mend what is wrong above first."
            )
