from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [("planning", "0013_live_measures")]
    operations = [
        TenantPolicy("planning_livemeasure", enterprise="true", dealer=f"dealer_id = {MY_DEALER}", write=()),
    ]
