from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, TenantPolicy

CONSENTED = (
    "exists (select 1 from network_consent c where c.dealer_id = customers_customer.dealer_id and c.shares_customers)"
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("network", "0002_policies")]
    operations = [
        TenantPolicy("customers_customer", enterprise=CONSENTED, dealer=f"dealer_id = {MY_DEALER}", write=("dealer",)),
    ]
