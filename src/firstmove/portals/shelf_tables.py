"""The columns of the pages about one's own warehouses, alike for the enterprise and dealers."""

from django.utils.translation import gettext_lazy as _

from firstmove.portals.design.tables import Column

WAREHOUSES = (
    Column(label=_("Warehouse"), lead=True),
    Column(label=_("Products there"), number=True, beside=True),
    Column(label=_("State")),
    Column(label=_("Act"), bare=True, narrow=True),
)

COUNTS = (
    Column(label=_("Count"), lead=True),
    Column(label=_("Warehouse")),
    Column(label=_("State"), beside=True),
    Column(label=_("Products counted"), number=True),
    Column(label=_("Of these differed"), number=True),
)

COUNT_LINES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("In the books"), number=True),
    Column(label=_("Counted"), number=True, beside=True),
    Column(label=_("Difference"), number=True),
    Column(label=_("Why it differs")),
)

PLACES = (
    Column(label=_("Warehouse"), lead=True),
    Column(label=_("On hand"), number=True, beside=True),
    Column(label=_("Reserved"), number=True),
    Column(label=_("Free"), number=True, beside=True),
    Column(label=_("Moved last")),
)

BATCHES = (
    Column(label=_("Batch"), lead=True),
    Column(label=_("Warehouse")),
    Column(label=_("Expires")),
    Column(label=_("On hand"), number=True, beside=True),
)

MOVEMENTS = (
    Column(label=_("Day"), lead=True),
    Column(label=_("What happened")),
    Column(label=_("Warehouse")),
    Column(label=_("Quantity"), number=True, beside=True),
)
