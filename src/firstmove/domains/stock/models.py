"""Movements, and the balance that database triggers keep equal to their sum."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MovementKind(models.TextChoices):
    FEED = "feed", _("Brought to the figure of a stock file")
    RECEIPT = "receipt", _("Goods received")
    SHIPMENT = "shipment", _("Goods shipped")
    CORRECTION = "correction", _("Counted or corrected")


class Movement(models.Model):
    """Append-only. Without a dealer, the goods are the enterprise's own."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    kind = models.CharField(max_length=12, choices=MovementKind.choices)
    occurred_on = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    # What caused it, such as "order:12/3" or "batch:…"; one cause moves one product of one party once.
    cause = models.CharField(max_length=120)
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves"),
            models.UniqueConstraint(
                fields=["dealer", "product", "cause"], nulls_distinct=False, name="one_movement_a_cause"
            ),
        ]


class Balance(models.Model):
    """On hand, a sum over movements kept by a trigger; nobody else may write it."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    on_hand = models.DecimalField(max_digits=14, decimal_places=3)
    moved_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer", "product"], nulls_distinct=False, name="one_balance"),
        ]
