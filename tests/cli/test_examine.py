"""`firstmove doctor` finds what is wrong before it hurts, and says what to do."""

import json
import shutil

import pytest

from firstmove.cli.checks import files
from firstmove.kernel import home as homes
from firstmove.kernel import postgres
from tests.cli.installation import Installation


@pytest.fixture(scope="module")
def installation(migrated, tmp_path_factory):
    """A dealer who sold something yesterday, taken in and planned."""
    folder = tmp_path_factory.mktemp("examine")
    here = Installation.copied(migrated, folder / "home")
    feeds = folder / "feeds"
    feeds.mkdir()
    (feeds / "dealers.csv").write_text("dealer,name\nD-1,One\n")
    (feeds / "products.csv").write_text("sku,name,unit_cost,unit_price\n077,Tea,1,2\n")
    lines = [f"2026-{1 + day // 28:02d}-{1 + day % 28:02d},{day},D-1,077,2" for day in range(84)]
    (feeds / "sales.csv").write_text("date,line,dealer,sku,quantity\n" + "\n".join(lines) + "\n")
    with here.database() as db:
        for words in (("intake", str(feeds)), ("plan", "--as-of", "2026-03-28")):
            done = here.run(*words)
            assert done.code == 0, done.err
        yield here, db


def examined(here):
    done = here.run("doctor", "--json")
    assert not done.err, done.err
    found = json.loads(done.out)
    return done.code, {finding["what"]: finding for finding in found if finding["state"] == "wrong"}, found


def test_a_sound_installation_is_told_so(installation):
    here, _db = installation
    code, wrong, found = examined(here)
    assert (code, wrong) == (0, {})
    assert {finding["what"] for finding in found} >= {
        *("data folder", "disk", "database", "schema", "serving role", "row-level security", "vendor files"),
        *("translations", "lake", "enterprise", "planning", "news", "worker", "jobs"),
    }
    done = here.run("doctor")
    assert done.code == 0
    assert all(line[0] in "✓·" for line in done.out.splitlines())


def test_it_changes_nothing_in_an_empty_folder(tmp_path):
    here = Installation(tmp_path / "home")
    with here.database() as db:
        done = here.run("doctor")
        assert done.code == 0, done.out
        assert "without tables" in done.out
        assert db.execute("select to_regclass('django_migrations')").fetchone() == (None,)


def test_what_opens_one_dealers_rows_to_another_is_found(installation):
    here, db = installation
    login = postgres.logins(here.home).owner
    secrets = homes.read_secrets(here.home)
    root = postgres.Login(login.host, login.port, login.database, "postgres", secrets.superuser_password)
    with root.connect() as superuser:
        superuser.execute("alter role firstmove_app bypassrls")
        db.execute("create table extra (dealer_id bigint)")
        db.execute("create materialized view extra_view as select 1 as one")
        try:
            code, wrong, _found = examined(here)
        finally:
            superuser.execute("alter role firstmove_app nobypassrls")
            db.execute("drop table extra")
            db.execute("drop materialized view extra_view")
    assert code == 1
    assert "bypasses row-level security" in wrong["serving role"]["says"]
    assert "extra, extra_view" in wrong["row-level security"]["says"]
    assert all(finding["todo"] for finding in wrong.values())


def test_a_lost_file_of_the_lake_is_found(installation, tmp_path):
    here, _db = installation
    shutil.move(here.home / "lake", tmp_path / "lake")
    shutil.copytree(tmp_path / "lake", here.home / "lake")
    try:
        next((here.home / "lake" / "sales").rglob("*.parquet")).unlink()
        code, wrong, _found = examined(here)
    finally:
        shutil.rmtree(here.home / "lake")
        shutil.move(tmp_path / "lake", here.home / "lake")
    assert code == 1
    assert set(wrong) == {"lake: sales"}


def test_late_news_failed_jobs_and_a_failed_run_are_found(installation):
    here, db = installation
    (event,) = db.execute(
        "insert into kernel_outboxevent (topic, payload, created_at, attempts, error) "
        "values ('order-placed', '{}', now() - interval '1 day', 3, 'LakeError: disk full') returning id"
    ).fetchone()
    (run,) = db.execute("select max(id) from planning_run").fetchone()
    db.execute("update planning_run set state = 'failed', error = 'Killed' where id = %s", [run])
    (job,) = db.execute(
        "insert into procrastinate_jobs (queue_name, task_name, status, lock) "
        "values ('default', 'plan_when_due', 'doing', 'test') returning id"
    ).fetchone()
    try:
        code, wrong, _found = examined(here)
    finally:
        db.execute("delete from procrastinate_jobs where id = %s", [job])
        db.execute("update planning_run set state = 'complete', error = '' where id = %s", [run])
        db.execute("delete from kernel_outboxevent where id = %s", [event])
    assert code == 1
    assert "LakeError: disk full" in wrong["news"]["says"]
    assert "Killed" in wrong["planning"]["says"]
    assert "plan_when_due" in wrong["stalled jobs"]["says"]


def test_missing_page_files_and_late_translations_are_found(tmp_path):
    words = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    words.mkdir(parents=True)
    (words / "django.po").touch()
    found = list(files.pages(tmp_path, tmp_path / "static", [tmp_path / "locale"]))
    assert [(finding.what, finding.state) for finding in found] == [
        ("vendor files", "wrong"),
        ("static files", "note"),
        ("translations", "wrong"),
    ]


def test_a_data_folder_that_cannot_be_written_is_found(tmp_path):
    (finding,) = files.data_folder(tmp_path / "absent")
    assert (finding.what, finding.state) == ("data folder", "wrong")
