"""The changes of a list's prices are found among all that the audit holds, those of prices taken out too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_price_changes"), ("kernel", "0003_audit_by_triggers")]
    operations = [
        migrations.RunSQL(
            "create index audit_gone_price on kernel_auditevent (((before->>'price_list_id')::bigint), at desc) "
            "where table_name = 'catalog_price' and action = 'delete'",
            "drop index audit_gone_price",
        )
    ]
