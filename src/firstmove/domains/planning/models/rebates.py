"""What the latest run says about the next step of every rebate that a dealer can reach by ordering."""

from django.db import models

from firstmove.domains.planning.models.runs import Run


class RebateAdvice(models.Model):
    """The step ahead of a dealer in a programme: whether it is worth ordering for, and with what. Replaced by each run.

    Amounts in the installation's currency. `lines` are what it rests on, as `operations.rebates` writes them.
    """

    participation = models.OneToOneField("incentives.Participation", on_delete=models.CASCADE, related_name="+")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    for_on = models.DateField()
    # The step ahead, and from where on it holds in terms of what counts.
    step = models.PositiveSmallIntegerField()
    threshold = models.DecimalField(max_digits=18, decimal_places=3)
    # What counted then: where it is another by now, the advice is of yesterday.
    basis = models.DecimalField(max_digits=18, decimal_places=3)
    # What comes of goods in transit, where only receipt counts.
    coming = models.FloatField(default=0)
    days_left = models.SmallIntegerField()
    # Empty where there is something to order; else why not: `engine.incentives.top_up.SILENT` and "too_late".
    silent = models.CharField(max_length=20, blank=True)
    # Where the step is reached anyway: why nothing is ordered for the one after it; empty where there is none.
    beyond = models.CharField(max_length=20, blank=True)
    waits_days = models.PositiveSmallIntegerField(default=0)
    ordinary = models.FloatField(default=0)
    short = models.FloatField(default=0)
    amount = models.FloatField(default=0)
    gain = models.FloatField(default=0)
    holding = models.FloatField(default=0)
    overstock = models.FloatField(default=0)
    # Products to order more of, the largest amount first: product_id, name, unit, units, amount.
    picks = models.JSONField(default=list)
    # Beyond today's order, what credit and budget leave; empty where nothing binds.
    most_amount = models.FloatField(null=True)
    # Of the scenario: the share of the purchase price that is lost on what a quarter does not sell.
    overstock_share = models.FloatField()
    lines = models.JSONField(default=dict)
    # When the dealer put it into its order.
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["dealer"], name="rebate_advice_of_dealer")]
