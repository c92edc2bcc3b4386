from django.db import migrations

from firstmove.kernel.policies import ACTOR, MY_DEALER, MY_SUPPLIER, Audited, TenantPolicy

MINE, OURS = f"dealer_id = {MY_DEALER}", f"supplier_id = {MY_SUPPLIER}"
# The enterprise looks after everybody's webhooks and sets up none in another's name.
OWN_PARTY = f"""
create policy own_party on kernel_webhooksubscription as restrictive for insert with check (
  {ACTOR} = 'system'
  or (dealer_id is not distinct from {MY_DEALER} and supplier_id is not distinct from {MY_SUPPLIER})
)
"""
NEITHER = "dealer_id is null and supplier_id is null"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_answers_and_webhooks")]
    operations = [
        # An answer may hold what a dealer shares with nobody, so not even the enterprise reads another's.
        TenantPolicy("kernel_givenanswer", enterprise=NEITHER, dealer=MINE, supplier=OURS),
        TenantPolicy("kernel_webhooksubscription", enterprise="true", dealer=MINE, supplier=OURS),
        migrations.RunSQL(OWN_PARTY, "drop policy own_party on kernel_webhooksubscription"),
        Audited("kernel_webhooksubscription", dealer="r.dealer_id", supplier="r.supplier_id"),
        TenantPolicy("kernel_webhookdelivery", enterprise="true", dealer=MINE, supplier=OURS),
    ]
