"""Entry points of background work."""

from django.conf import settings
from procrastinate.contrib.django import app

from firstmove.lake.store import Lake


@app.periodic(cron="40 4 * * *")
@app.task(queueing_lock="compact-lake")
def compact_lake(timestamp: int) -> None:
    """Many small writes a day become few files; versions that runs pinned stay readable."""
    lake = Lake(settings.LAKE_ROOT)
    for table in lake.versions():
        lake.compact(table)
