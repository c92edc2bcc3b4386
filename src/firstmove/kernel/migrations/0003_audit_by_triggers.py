from django.db import migrations

# Whoever may read an entry could have written one; now only a trigger on an audited table does.
ONLY_TRIGGERS = """
create policy triggers_alone on kernel_auditevent as restrictive for insert with check (pg_trigger_depth() > 0)
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_policies")]
    operations = [migrations.RunSQL(ONLY_TRIGGERS, "drop policy triggers_alone on kernel_auditevent")]
