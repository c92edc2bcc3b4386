"""Columns of the supplier's tables."""

from django.utils.translation import gettext_lazy as _

from firstmove.portals.design.tables import Column

PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Barcode")),
    Column(label=_("Category")),
    Column(label=_("On open orders"), number=True, beside=True),
    Column(label=_("Your price for dealers"), number=True),
)
