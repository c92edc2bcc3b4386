from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, TenantPolicy

OWN = {"enterprise": "true", "dealer": f"dealer_id = {MY_DEALER}"}

# A line belongs to its proposal's dealer, in the database too.
SAME_DEALER = """
alter table planning_proposal add constraint proposal_and_dealer unique (id, dealer_id);
alter table planning_proposalline add constraint line_of_proposal_and_dealer
foreign key (proposal_id, dealer_id) references planning_proposal (id, dealer_id);
"""
BACK = """
alter table planning_proposalline drop constraint line_of_proposal_and_dealer;
alter table planning_proposal drop constraint proposal_and_dealer;
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0001_initial"), ("network", "0002_policies"), ("catalog", "0002_policies")]
    operations = [
        TenantPolicy("planning_run", enterprise="true"),
        TenantPolicy("planning_proposal", **OWN, write=("dealer",)),
        TenantPolicy("planning_proposalline", **OWN, write=("dealer",)),
        TenantPolicy("planning_outlook", **OWN, write=()),
        migrations.RunSQL(SAME_DEALER, BACK),
    ]
