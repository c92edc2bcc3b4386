from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy

OWN = {"enterprise": "true", "dealer": f"dealer_id = {MY_DEALER}"}


class Migration(migrations.Migration):
    dependencies = [("planning", "0023_alerts"), ("kernel", "0003_audit_by_triggers")]
    operations = [
        TenantPolicy("planning_alert", **OWN, write=()),
        TenantPolicy("planning_alertanswer", **OWN, write=("dealer",)),
        Audited("planning_alertanswer", dealer="r.dealer_id"),
    ]
