from django.db import migrations, models

from firstmove.kernel.policies import ACTOR, MY_DEALER

# An advice is never changed and never deleted, whoever asks: the role that serves (kernel.postgres) may write what
# became of it and nothing else, and only a run makes one.
KEPT = """
do $$ begin
  execute format('revoke update, delete on planning_proposal, planning_proposalline from %I', current_database() || '_app');
  execute format(
    'grant update (state, decided_at, decided_by_id, reject_cause, order_id) on planning_proposal to %I',
    current_database() || '_app'
  );
  execute format(
    'grant update (chosen_quantity, current_price, price_assumed, decision, decided_quantity) '
    'on planning_proposalline to %I',
    current_database() || '_app'
  );
end $$;
"""
TABLES = ("planning_proposal", "planning_proposalline")
SYSTEM_ALONE = [f"alter policy tenant_insert on {table} with check ({ACTOR} = 'system')" for table in TABLES]
DEALER_TOO = [
    f"alter policy tenant_insert on {table} with check "
    f"({ACTOR} = 'system' or ({ACTOR} = 'dealer' and dealer_id = {MY_DEALER}))"
    for table in TABLES
]
BACK = """
do $$ begin
  execute format('grant update, delete on planning_proposal, planning_proposalline to %I', current_database() || '_app');
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0003_run_proposals")]
    operations = [
        migrations.AddField(
            "proposalline", "current_price", models.DecimalField(decimal_places=4, max_digits=14, null=True)
        ),
        migrations.RunSQL(KEPT, BACK),
        migrations.RunSQL(SYSTEM_ALONE, DEALER_TOO),
    ]
