from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stock", "0009_goods_sent_back")]
    operations = [
        migrations.AddField(
            model_name="arrival",
            name="has_left",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
