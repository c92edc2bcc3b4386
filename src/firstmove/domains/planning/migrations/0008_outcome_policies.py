from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy

OWN = {"enterprise": "true", "dealer": f"dealer_id = {MY_DEALER}"}


class Migration(migrations.Migration):
    dependencies = [("planning", "0007_outcomes_and_hold_out"), ("kernel", "0003_audit_by_triggers")]
    operations = [
        # Dealers read which share is held out: what concerns them must be no secret. The salt tells nothing of others.
        TenantPolicy("planning_holdout", enterprise="true", dealer="true", write=("enterprise",)),
        Audited("planning_holdout"),
        # Only the dealer decides whether it takes part.
        TenantPolicy("planning_participation", **OWN, write=("dealer",)),
        Audited("planning_participation", dealer="r.dealer_id"),
        TenantPolicy("planning_heldadvice", **OWN, write=()),
        TenantPolicy("planning_reckoning", enterprise="true", write=()),
        TenantPolicy("planning_outcome", **OWN, write=()),
    ]
