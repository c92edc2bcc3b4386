"""What somebody is told, the ways by which it reaches them, and what became of each.

Facts are kept as codes and numbers and worded at display, in the reader's language. Every row carries its reader's
party, so that row-level security needs no join.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """One event for one person, or, where `user` is empty, for the channels of a party.

    `key` says which event it is: delivered twice, it is still one message. Without dealer and supplier it is the
    enterprise's.
    """

    key = models.CharField(max_length=120)
    topic = models.CharField(max_length=80)
    facts = models.JSONField()
    user = models.ForeignKey("network.User", null=True, on_delete=models.CASCADE, related_name="+")
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "user"], condition=Q(user__isnull=False), name="one_message_a_person"
            ),
            models.UniqueConstraint(
                fields=["key", "dealer_id", "supplier_id"],
                condition=Q(user__isnull=True),
                nulls_distinct=False,
                name="one_message_a_party",
            ),
            models.CheckConstraint(
                condition=Q(dealer_id__isnull=True) | Q(supplier_id__isnull=True), name="message_of_one_party"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="inbox_of_person"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="unread_of_person"),
            models.Index(fields=["created_at"], name="message_age"),
        ]


class ChannelKind(models.TextChoices):
    WEBHOOK = "webhook", _("Webhook")
    WECOM = "wecom", _("WeCom group robot")


class Channel(models.Model):
    """An address beside e-mail: of a person where `user` is set, else of a party, for the subjects that it names.

    `url` is a secret: whoever has a robot's can write to its group. It is shown masked and never changed.
    """

    user = models.ForeignKey("network.User", null=True, on_delete=models.CASCADE, related_name="+")
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=ChannelKind.choices)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    subjects = models.JSONField(default=list)
    language = models.CharField(max_length=10)
    # Makes the secret by which a webhook's receiver knows us (see `kernel.webhooks.signing`).
    nonce = models.CharField(max_length=32)
    # When it was written to within the last minute: a robot takes twenty messages in one.
    written_at = ArrayField(models.DateTimeField(), default=list)
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user"], name="channel_of_person")]


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Was sent")
    DEAD = "dead", _("Given up")
    DROPPED = "dropped", _("Not sent")


class Delivery(models.Model):
    """A message on its way by e-mail (`channel` is empty) or by a channel, and the record of what became of it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="deliveries")
    # As the message's; together with `user_id` it says what a digest holds without a join.
    user_id = models.BigIntegerField(null=True)
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    is_digest = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    # When it is tried next; while it is being sent, when somebody else may believe that the sender died.
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    # Set while an attempt is under way: who finds it set knows that nobody lived to say how that attempt ended.
    begun_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    # An earlier attempt ended unrecorded, so that it may have arrived before.
    may_be_double = models.BooleanField(default=False)
    error = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], nulls_distinct=False, name="one_delivery_a_way"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="reminder_due", condition=Q(state="waiting")),
            models.Index(fields=["state", "-id"], name="reminders_by_state"),
        ]


class PersonSettings(models.Model):
    """How somebody wants to be told. Without a row, or for what `timings` does not name, the defaults hold.

    `timings` is ``{"email": {"orders": "daily"}, "channel": {}}``; hours are those of the installation's clock.
    """

    user = models.OneToOneField("network.User", on_delete=models.CASCADE, related_name="+")
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    timings = models.JSONField(default=dict)
    quiet_from_hour = models.PositiveSmallIntegerField()
    quiet_until_hour = models.PositiveSmallIntegerField()
    digest_hour = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from_hour__lte=23, quiet_until_hour__lte=23, digest_hour__lte=23), name="hours_of_day"
            )
        ]
