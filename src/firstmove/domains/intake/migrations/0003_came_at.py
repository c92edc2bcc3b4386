from django.db import migrations, models
from django.db.models.functions.datetime import Now

# Files of before came in when they were read.
AS_READ = "update intake_batch set came_at = started_at"


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_policies")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="came_at",
            field=models.DateTimeField(db_default=Now(), editable=False),
        ),
        migrations.RunSQL(["select set_config('app.actor', 'system', true)", AS_READ], migrations.RunSQL.noop),
    ]
