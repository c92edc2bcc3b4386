"""What a dealer gathers before it orders: its cart, its named lists, and what it asked for and could not have."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Cart(models.Model):
    """One open cart a dealer, shared by its people; closed by the order that it became."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer"], condition=Q(closed_at__isnull=True), name="one_open_cart"),
        ]


class CartLine(models.Model):
    """Holds what was asked for; what is ordered follows from the product's rules as they are when it is read."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    dealer_id = models.BigIntegerField()
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    asked = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "product"], name="one_cart_line_a_product"),
            models.CheckConstraint(condition=Q(asked__gte=1), name="cart_line_asks_something"),
        ]


class OrderList(models.Model):
    """A named list of products and quantities that a dealer orders again and again."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dealer", "name"], name="one_order_list_a_name")]


class OrderListLine(models.Model):
    order_list = models.ForeignKey(OrderList, on_delete=models.CASCADE, related_name="lines")
    dealer_id = models.BigIntegerField()
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_list", "product"], name="one_list_line_a_product"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="list_line_asks_something"),
        ]


class Missed(models.TextChoices):
    UNKNOWN = "unknown", _("No product has this code")
    UNLISTED = "unlisted", _("No longer listed")


class LostDemand(models.Model):
    """What a dealer asked for by a code and could not have: one row a day, for the most that it asked for at once."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    code = models.CharField(max_length=60)
    asked_on = models.DateField()
    cause = models.CharField(max_length=10, choices=Missed.choices)
    quantity = models.PositiveIntegerField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer", "code", "asked_on"], name="one_lost_demand_a_day"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="lost_demand_of_something"),
        ]
        indexes = [models.Index(fields=["asked_on", "code"], name="lost_demand_by_day")]
