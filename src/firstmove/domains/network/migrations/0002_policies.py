from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, MY_SUPPLIER, Audited, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [("network", "0001_initial"), ("kernel", "0002_policies")]
    operations = [
        TenantPolicy(
            "network_supplier",
            enterprise="true",
            dealer="true",
            supplier=f"id = {MY_SUPPLIER}",
            write=("enterprise",),
        ),
        TenantPolicy("network_dealer", enterprise="true", dealer=f"id = {MY_DEALER}", write=("enterprise",)),
        TenantPolicy("network_consent", enterprise="true", dealer=f"dealer_id = {MY_DEALER}", write=("dealer",)),
        TenantPolicy(
            "network_user",
            enterprise="true",
            dealer=f"dealer_id = {MY_DEALER}",
            supplier=f"supplier_id = {MY_SUPPLIER}",
        ),
        Audited("network_dealer", dealer="r.id"),
        Audited("network_consent", dealer="r.dealer_id"),
        Audited("network_user", dealer="r.dealer_id", supplier="r.supplier_id"),
    ]
