"""What needs somebody today: alerts with their life, and what a dealer said to them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """What an alert is about. At most one of a topic is open for a pair: a worse one takes the place of a mild one."""

    SHORT = "short", _("Running out")
    EXCESS = "excess", _("Too much stock")
    DEMAND = "demand", _("Demand changed")
    FEED = "feed", _("Feed is silent")


class AlertKind(models.TextChoices):
    RUNS_OUT = "runs_out", _("Runs out before goods can come")
    LOW = "low", _("Under safety stock")
    DEAD = "dead", _("No longer sells")
    EXPIRING = "expiring", _("More than sells while it is fresh")
    OVERSTOCK = "overstock", _("Far more than it takes")
    # These four are `engine.demand.sensing.KINDS`.
    ROSE = "rose", _("Demand rose")
    FELL = "fell", _("Demand fell")
    STOPPED = "stopped", _("Demand stopped")
    SPIKED = "spiked", _("An unusual week")
    SILENT = "silent", _("Feed is silent")


class DemandVerdict(models.TextChoices):
    """What a dealer knows of a change of demand."""

    LASTS = "lasts", _("It lasts")
    ONE_OFF = "one_off", _("It was one-off")


class Alert(models.Model):
    """Raised by a run, kept up to date by each run that finds it again, solved by the first that does not."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    # None where it is about the dealer as a whole.
    product = models.ForeignKey("catalog.Product", null=True, on_delete=models.CASCADE)
    topic = models.CharField(max_length=8, choices=Topic.choices)
    kind = models.CharField(max_length=10, choices=AlertKind.choices)
    raised_on = models.DateField()
    last_seen_on = models.DateField()
    solved_on = models.DateField(null=True)
    # What doing nothing costs, in the installation's currency: see `operations.alerting`.
    money = models.FloatField()
    # Of goods that run short: the median and the early run-out (one in ten), when goods can come, what is lost by then.
    run_out_on = models.DateField(null=True)
    run_out_early_on = models.DateField(null=True)
    comes_on = models.DateField(null=True)
    lost_units = models.FloatField(null=True)
    # Numbers of its sentence, by kind.
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dealer", "product", "topic"],
                condition=Q(solved_on__isnull=True),
                name="one_open_alert",
            ),
            # NULLs are no doubles of each other: an alert without a product needs a constraint of its own.
            models.UniqueConstraint(
                fields=["dealer", "topic"],
                condition=Q(solved_on__isnull=True, product__isnull=True),
                name="one_open_alert_of_dealer",
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=True, topic=Topic.FEED) | Q(product__isnull=False) & ~Q(topic=Topic.FEED),
                name="alert_of_dealer_or_product",
            ),
            models.CheckConstraint(condition=Q(last_seen_on__gte=models.F("raised_on")), name="alert_raised_then_seen"),
        ]
        indexes = [models.Index(fields=["dealer", "-money"], condition=Q(solved_on__isnull=True), name="open_alerts")]


class AlertAnswer(models.Model):
    """What a dealer said to an alert: seen, not before a day, or what it knows of a change of demand.

    It holds for the kind it was said to, no worse one.
    """

    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, related_name="answer")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=AlertKind.choices)
    seen_at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    snoozed_until = models.DateField(null=True)
    verdict = models.CharField(max_length=8, choices=DemandVerdict.choices, blank=True)
