from django.db import migrations

from firstmove.kernel.policies import TenantPolicy


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("network", "0002_policies")]
    operations = [
        TenantPolicy("intake_batch", enterprise="true"),
        TenantPolicy("intake_setaside", enterprise="true"),
    ]
