import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import TenantPolicy

# Every version keeps its lots. Constraints are checked here, since what follows changes the tables.
SALTS = [
    "select set_config('app.actor', 'system', true)",
    "insert into planning_holdoutsalt (hold_out_id, salt) select id, salt from planning_holdout",
    "set constraints all immediate",
    "select set_config('app.actor', '', true)",
]
BACK = [
    "select set_config('app.actor', 'system', true)",
    "alter table planning_holdout disable trigger user",
    "update planning_holdout h set salt = s.salt from planning_holdoutsalt s where s.hold_out_id = h.id",
    "set constraints all immediate",
    "alter table planning_holdout enable trigger user",
    "select set_config('app.actor', '', true)",
]


class Migration(migrations.Migration):
    dependencies = [("planning", "0026_offers_in_demand")]

    operations = [
        migrations.CreateModel(
            name="HoldOutSalt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("salt", models.CharField(max_length=32)),
                (
                    "hold_out",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="planning.holdout"),
                ),
            ],
        ),
        # Whoever knows it knows the lots of every dealer's products: no dealer reads it.
        TenantPolicy("planning_holdoutsalt", enterprise="true"),
        migrations.RunSQL(SALTS, BACK),
        # Going back a column has to be there before it is filled.
        migrations.AlterField("holdout", "salt", models.CharField(max_length=32, default="")),
        migrations.RemoveField("holdout", "salt"),
        migrations.AddField("outlook", "is_held", models.BooleanField(default=False)),
        migrations.AlterField(
            "automaticordering",
            "closed_because",
            models.CharField(
                blank=True,
                choices=[
                    ("owner", "The owner switched it off"),
                    ("no_gain", "The latest replay no longer gains"),
                    ("old_proof", "The latest replay is too old"),
                    ("owner_left", "The owner who switched it on has left"),
                    ("cancelled", "Two automatic orders in a row were cancelled"),
                ],
                max_length=12,
            ),
        ),
    ]
