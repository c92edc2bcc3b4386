from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, MY_SUPPLIER, Audited, TenantPolicy

OWN_OR_ALL = f"dealer_id is null or dealer_id = {MY_DEALER}"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("kernel", "0002_policies")]
    operations = [
        TenantPolicy(
            "catalog_product",
            enterprise="true",
            dealer="true",
            supplier=f"supplier_id = {MY_SUPPLIER}",
            write=("enterprise",),
        ),
        TenantPolicy("catalog_price", enterprise="true", dealer=OWN_OR_ALL, write=("enterprise",)),
        TenantPolicy("catalog_promotion", enterprise="true", dealer=OWN_OR_ALL, write=("enterprise",)),
        Audited("catalog_product", supplier="r.supplier_id"),
        Audited("catalog_price", dealer="r.dealer_id"),
    ]
