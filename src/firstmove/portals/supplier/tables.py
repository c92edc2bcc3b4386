"""Columns of the supplier's tables."""

from django.utils.translation import gettext_lazy as _

from firstmove.portals.design.tables import Column

ORDERS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Wanted on")),
    Column(label=_("Promised for")),
    Column(label=_("Lines"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

ORDER_LINES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Quantity"), number=True, beside=True),
    Column(label=_("Confirmed"), number=True),
    Column(label=_("Received quantity"), number=True),
    Column(label=_("Price"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Barcode")),
    Column(label=_("Category")),
    Column(label=_("On open orders"), number=True, beside=True),
)
