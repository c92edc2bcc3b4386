"""The service of each class of stock, chosen by replay."""

from django.db import models
from django.db.models import Q


class ServicePolicy(models.Model):
    """Which service quantile each class of stock gets, chosen on a window of history and in force from a day on.

    The latest in force is pinned by each run. `classes` is a list with one entry a class that had pairs: stock_class,
    quantile, pairs, fill and stock_days simulated at it, cost and cost_of_one in money over the window. `versions` pins
    the lake, `scenario` what was assumed.
    """

    in_force_from = models.DateField()
    as_of = models.DateField()
    window_from = models.DateField()
    window_days = models.PositiveSmallIntegerField()
    pairs = models.PositiveIntegerField()
    # Of the one quantile that was cheapest for all, beside what the classes' own cost together.
    one_for_all = models.FloatField()
    cost_of_one_for_all = models.FloatField()
    cost = models.FloatField()
    classes = models.JSONField()
    scenario = models.JSONField()
    versions = models.JSONField()
    seconds = models.FloatField()
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(one_for_all__gt=0, one_for_all__lt=1), name="service_is_a_share"),
            models.CheckConstraint(condition=Q(in_force_from__gt=models.F("as_of")), name="service_of_known_days"),
        ]
        indexes = [models.Index(fields=["-in_force_from", "-id"], name="service_in_force")]
