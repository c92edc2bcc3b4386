"""What dealers have too much of and others wait for: suggested transfers by the latest run."""

from django.db import models
from django.db.models import F, Q

from firstmove.domains.planning.models.runs import Run


class Transfer(models.Model):
    """A suggestion to the enterprise that one dealer gives goods to another; replaced by each run. Units, and money.

    No dealer reads it: it tells what another has in stock.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    giver = models.ForeignKey("network.Dealer", on_delete=models.CASCADE, related_name="+")
    taker = models.ForeignKey("network.Dealer", on_delete=models.CASCADE, related_name="+")
    quantity = models.FloatField()
    # What the giver has counted, and what its own sell-out supports, which it keeps.
    giver_on_hand = models.FloatField()
    giver_kept = models.FloatField()
    # What the taker has and has coming; the days until an order placed now would be there.
    taker_position = models.FloatField()
    taker_lead_days = models.PositiveSmallIntegerField()
    # Expected sales that would be lost without it, their margin at the taker, the goods at its price, the freight.
    saved = models.FloatField()
    margin = models.FloatField()
    value = models.FloatField()
    freight = models.FloatField()
    worth = models.FloatField()
    # Empty where nobody told where one of the two is.
    distance_km = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "giver", "taker"], name="one_transfer_of_a_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_of_something"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="transfer_to_another"),
        ]
        indexes = [models.Index(fields=["-worth", "id"], name="transfer_by_worth")]
