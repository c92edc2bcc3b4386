"""What came in by file, and the rows that were set aside."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class BatchState(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    FAILED = "failed", _("Failed")


class Batch(models.Model):
    """One file, read once. Its content hash makes a second reading of the same file recognisable."""

    key = models.UUIDField(unique=True)
    source = models.CharField(max_length=60)
    feed = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.RUNNING)
    rows_read = models.BigIntegerField(default=0)
    rows_added = models.BigIntegerField(default=0)
    rows_replaced = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_set_aside = models.BigIntegerField(default=0)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    problem = models.JSONField(null=True)
    started_at = models.DateTimeField()
    # By the clock that the ledger of stock goes by: a count of a day holds what moved here until its file came in.
    came_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)
    user = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["feed", "-started_at"], name="batch_of_feed")]


class SetAside(models.Model):
    """A row that broke its feed's contract: where it stands in the file, why, and the row as it was found."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="set_aside")
    row = models.BigIntegerField()
    reason = models.CharField(max_length=30)
    column = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=200, blank=True)
    raw = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "row"], name="set_aside_row")]
