"""Tables that are tracked already tell of open writes too; those to come are made so."""

from typing import Any

from django.db import migrations

from firstmove.kernel.policies import track_function

TRACKED = """
select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where t.tgname = 'track' and not t.tgisinternal and c.relnamespace = current_schema()::regnamespace order by 1
"""


def rewrite(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TRACKED)
        for (table,) in cursor.fetchall():
            cursor.execute(track_function(table))


class Migration(migrations.Migration):
    dependencies = [("kernel", "0006_claim_an_answer")]
    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop)]
