"""Where a dealer's orders go."""

from django.db import models
from django.db.models import Q


class DeliveryAddress(models.Model):
    """One of a dealer's; an order keeps a copy of what it said, so that a change here changes no order."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    contact = models.CharField(max_length=80)
    phone = models.CharField(max_length=40)
    address = models.CharField(max_length=300)
    # Where an order goes that names none.
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer", "label"], name="one_address_a_label"),
            models.UniqueConstraint(fields=["dealer"], condition=Q(is_default=True), name="one_default_address"),
        ]
