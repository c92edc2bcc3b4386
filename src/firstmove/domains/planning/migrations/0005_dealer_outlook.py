import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import MY_DEALER, TenantPolicy

# What the latest run left behind, in sum: see planning.operations.writing.
SUMS = """
insert into planning_dealeroutlook
(dealer_id, pairs, at_risk, stock_value, day_value, day_value_at_risk, stock_assumed)
select dealer_id, count(*), count(*) filter (where stockout_probability >= 0.5), sum(on_hand * unit_price),
  sum(rate_per_day * unit_price),
  coalesce(sum(rate_per_day * unit_price) filter (where stockout_probability >= 0.5), 0), bool_or(stock_assumed)
from planning_outlook group by dealer_id
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0004_advice_stays"), ("network", "0002_policies")]

    operations = [
        migrations.CreateModel(
            name="DealerOutlook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pairs", models.PositiveIntegerField()),
                ("at_risk", models.PositiveIntegerField()),
                ("stock_value", models.FloatField()),
                ("day_value", models.FloatField()),
                ("day_value_at_risk", models.FloatField()),
                ("stock_assumed", models.BooleanField()),
                (
                    "dealer",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="network.dealer"),
                ),
            ],
        ),
        migrations.RunSQL(
            ["select set_config('app.actor', 'system', true)", SUMS, "select set_config('app.actor', '', true)"],
            migrations.RunSQL.noop,
        ),
        TenantPolicy("planning_dealeroutlook", enterprise="true", dealer=f"dealer_id = {MY_DEALER}", write=()),
    ]
