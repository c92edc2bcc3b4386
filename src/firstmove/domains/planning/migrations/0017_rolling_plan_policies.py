from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy

OWN = {"enterprise": "true", "dealer": f"dealer_id = {MY_DEALER}"}

# A line and a version belong to their plan's dealer, in the database too.
SAME_DEALER = """
alter table planning_rollingplan add constraint rolling_plan_and_dealer unique (id, dealer_id);
alter table planning_rollingplanline add constraint line_of_plan_and_dealer
foreign key (plan_id, dealer_id) references planning_rollingplan (id, dealer_id);
alter table planning_rollingplanversion add constraint version_of_plan_and_dealer
foreign key (plan_id, dealer_id) references planning_rollingplan (id, dealer_id);
"""
BACK = """
alter table planning_rollingplanversion drop constraint version_of_plan_and_dealer;
alter table planning_rollingplanline drop constraint line_of_plan_and_dealer;
alter table planning_rollingplan drop constraint rolling_plan_and_dealer;
"""
# What was once agreed or said stays said, whoever asks.
KEPT = """
do $$ begin
  execute format('revoke update on planning_rollingplanversion from %I', current_database() || '_app');
end $$;
"""
NOT_KEPT = """
do $$ begin
  execute format('grant update on planning_rollingplanversion to %I', current_database() || '_app');
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0016_rolling_plan"), ("network", "0002_policies")]
    operations = [
        TenantPolicy("planning_rollingplan", **OWN),
        TenantPolicy("planning_rollingplanline", **OWN),
        TenantPolicy("planning_rollingplanversion", **OWN),
        Audited("planning_rollingplan", dealer="r.dealer_id"),
        migrations.RunSQL(SAME_DEALER, BACK),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
