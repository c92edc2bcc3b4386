"""Programs follow the prices of a list as they follow products: by the moment that the database keeps."""

import django.db.models.functions.datetime
from django.db import migrations, models

from firstmove.kernel.policies import AuditedAnew, Tracked


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_cartons")]

    operations = [
        migrations.AddField(
            model_name="price",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(fields=["changed_at", "id"], name="price_changed"),
        ),
        Tracked("catalog_price"),
        AuditedAnew("catalog_price", dealer="r.dealer_id"),
    ]
