from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, MY_SUPPLIER, TenantPolicy

# The role that serves is named after its database: see kernel.postgres.
APPEND_ONLY = """
do $$ begin
  execute format('revoke update, delete, truncate on kernel_auditevent from %I', current_database() || '_app');
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [
        TenantPolicy(
            "kernel_outboxevent",
            enterprise="true",
            dealer=f"dealer_id = {MY_DEALER}",
            supplier=f"supplier_id = {MY_SUPPLIER}",
        ),
        TenantPolicy(
            "kernel_auditevent",
            enterprise="true",
            dealer=f"dealer_id = {MY_DEALER}",
            supplier=f"supplier_id = {MY_SUPPLIER}",
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
