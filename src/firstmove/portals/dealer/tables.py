"""The columns of the dealer's tables."""

from django.utils.translation import gettext_lazy as _

from firstmove.portals.design.tables import Column

LINES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Quantity"), number=True, beside=True),
    Column(label=_("Days of cover")),
    Column(label=_("Stock-out risk"), number=True),
    Column(label=_("Expected profit"), number=True, beside=True),
    Column(label=_("Details"), bare=True, narrow=True),
)

CHANGES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("What changed")),
    Column(label=_("Before"), number=True),
    Column(label=_("Now"), number=True, beside=True),
)

PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Your price"), number=True, beside=True),
    Column(label=_("Your stock"), number=True, beside=True),
    Column(label=_("On the way"), number=True),
    Column(label=_("Days of cover")),
    Column(label=_("Order step"), number=True),
    Column(label=_("In the cart"), number=True),
)

SEEN_CUSTOMERS = (
    Column(label=_("Customer"), lead=True),
    Column(label=_("Code"), beside=True),
    Column(label=_("City")),
)

SEEN_SALES = (
    Column(label=_("Product code"), lead=True),
    Column(label=_("Day")),
    Column(label=_("Customer"), beside=True),
    Column(label=_("Quantity"), number=True),
    Column(label=_("Amount"), number=True),
)

SEEN_STOCK = (
    Column(label=_("Product"), lead=True),
    Column(label=_("On hand"), number=True, beside=True),
)

SEEN_ORDERS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("Ordered")),
    Column(label=_("State"), beside=True),
    Column(label=_("Amount"), number=True),
)

SUPPLIER_ORDERS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Ordered")),
    Column(label=_("Promised for")),
    Column(label=_("Amount"), number=True, beside=True),
)

SUPPLIER_PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Price"), number=True, beside=True),
    Column(label=_("Order step"), number=True),
    Column(label=_("Quantity"), number=True),
)

PROGRESS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Still waits"), number=True, beside=True),
    Column(label=_("How far it is")),
    Column(label=_("Complete")),
)

PRODUCT_NEWS = (
    Column(label=_("News"), lead=True),
    Column(label=_("From"), narrow=True),
    Column(label=_("On hand"), number=True, beside=True),
    Column(label=_("Days of cover"), number=True),
    Column(label=_("Read"), bare=True, narrow=True),
)

PRICE_STEPS = (
    Column(label=_("From how many units"), lead=True),
    Column(label=_("Your price"), number=True, beside=True),
    Column(label=_("Why this price"), bare=True),
)

CART = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Quantity"), number=True, beside=True),
    Column(label=_("Price"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("Take out"), bare=True, narrow=True),
)

GUIDE = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Quantity"), number=True, beside=True),
    Column(label=_("Usual quantity"), number=True),
    Column(label=_("Orders"), number=True),
    Column(label=_("Last ordered")),
)

ORDERS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Ordered")),
    Column(label=_("Arrives")),
    Column(label=_("Lines"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

ORDER_LINES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Ordered quantity"), number=True, beside=True),
    Column(label=_("Price"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("Received quantity"), number=True),
)

STOCK = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Class")),
    Column(label=_("On hand"), number=True, beside=True),
    Column(label=_("On the way"), number=True),
    Column(label=_("Sells in four weeks"), number=True),
    Column(label=_("Days of cover")),
    Column(label=_("Chance of running out"), number=True, beside=True),
)

ADVICE = (
    Column(label=_("For the morning of"), lead=True),
    Column(label=_("What became of it"), beside=True),
    Column(label=_("Lines"), number=True),
    Column(label=_("Taken as proposed"), number=True),
    Column(label=_("Changed"), number=True),
    Column(label=_("Left out"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

OUTCOMES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("We said"), number=True),
    Column(label=_("You ordered"), number=True),
    Column(label=_("It came"), bare=True),
    Column(label=_("Profit as advised"), number=True, beside=True),
)

HELD_PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("On hand"), number=True, beside=True),
    Column(label=_("On the way"), number=True),
    Column(label=_("Days of cover")),
)

PEOPLE = (
    Column(label=_("Name"), lead=True),
    Column(label=_("Role"), beside=True),
    Column(label=_("Last sign-in")),
    Column(label=_("Acts"), bare=True, narrow=True),
)

MOVEMENTS = (
    Column(label=_("Day"), lead=True),
    Column(label=_("What happened")),
    Column(label=_("Quantity"), number=True, beside=True),
)

ATTEMPTS = (
    Column(label=_("For the morning of"), lead=True),
    Column(label=_("What became of it"), beside=True),
    Column(label=_("Why")),
    Column(label=_("When")),
)

SCARCE = (
    Column(label=_("Product"), lead=True),
    Column(label=_("You need until more comes"), number=True),
    Column(label=_("Your share"), number=True, beside=True),
    Column(label=_("There for everybody"), number=True),
    Column(label=_("Your bonus"), number=True),
    Column(label=_("More comes")),
)

ALERTS = (
    Column(label=_("What"), lead=True),
    Column(label=_("Since"), narrow=True),
    Column(label=_("At stake"), number=True, beside=True),
    Column(label=_("Next act"), bare=True),
    Column(label=_("Your answer"), bare=True, narrow=True),
)

REBATE_STEPS = (
    Column(label=_("From"), lead=True),
    Column(label=_("Gives"), beside=True),
)

REBATE_EVIDENCE = (
    Column(label=_("Rests on"), lead=True),
    Column(label=_("Day")),
    Column(label=_("Counts"), number=True),
    Column(label=_("Earned"), number=True, beside=True),
)

REBATE_STATEMENTS = (
    Column(label=_("Statement"), lead=True),
    Column(label=_("Period")),
    Column(label=_("State")),
    Column(label=_("Amount"), number=True, beside=True),
)

REBATE_CLAIMS = (
    Column(label=_("Claim"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Amount"), number=True),
)
