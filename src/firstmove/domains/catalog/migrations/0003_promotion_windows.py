from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_policies")]

    operations = [
        migrations.RemoveConstraint("promotion", "one_promotion_line"),
        migrations.AddConstraint(
            "promotion",
            models.UniqueConstraint(
                fields=["code", "product", "dealer", "starts_on"], nulls_distinct=False, name="one_promotion_line"
            ),
        ),
    ]
