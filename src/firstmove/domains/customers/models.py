"""The dealers' own customers. The enterprise sees them one by one only where the dealer agreed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    STORE = "store", _("Store")
    PERSON = "person", _("Person")


class Customer(models.Model):
    code = models.CharField(max_length=60)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.STORE)
    city = models.CharField(max_length=100, blank=True)
    zip_code = models.CharField(max_length=20, blank=True)
    age_band = models.CharField(max_length=20, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dealer", "code"], name="one_customer_a_dealer")]
