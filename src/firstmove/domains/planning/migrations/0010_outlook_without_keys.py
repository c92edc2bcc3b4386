import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_promotion_windows"),
        ("network", "0004_who_may_be_whom"),
        ("planning", "0009_replays_and_automatic_ordering"),
    ]

    operations = [
        migrations.AlterField(
            "outlook",
            "dealer",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="network.dealer",
            ),
        ),
        migrations.AlterField(
            "outlook",
            "product",
            models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to="catalog.product"),
        ),
        migrations.AlterField(
            "outlook",
            "run",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="planning.run"
            ),
        ),
    ]
