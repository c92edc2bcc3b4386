from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, MY_SUPPLIER, Audited, TenantPolicy

MINE, OURS = f"dealer_id = {MY_DEALER}", f"supplier_id = {MY_SUPPLIER}"
NEITHER = "dealer_id is null and supplier_id is null"


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial"), ("kernel", "0003_audit_by_triggers")]
    operations = [
        # The enterprise looks after what was sent to everybody; a message is written by the system alone.
        TenantPolicy("reminders_message", enterprise="true", dealer=MINE, supplier=OURS),
        TenantPolicy("reminders_delivery", enterprise="true", dealer=MINE, supplier=OURS),
        # An address is a secret of whoever set it up, and so is how somebody wants to be told.
        TenantPolicy("reminders_channel", enterprise=NEITHER, dealer=MINE, supplier=OURS),
        TenantPolicy("reminders_personsettings", enterprise=NEITHER, dealer=MINE, supplier=OURS),
        Audited("reminders_personsettings", dealer="r.dealer_id", supplier="r.supplier_id"),
    ]
