"""The columns of the enterprise's tables."""

from django.utils.translation import gettext_lazy as _

from firstmove.portals import purchase_sheet
from firstmove.portals.design.tables import Column

HELP = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("At risk of running out"), number=True),
    Column(label=_("Weekly sales at stake"), number=True, beside=True),
    Column(label=_("What to do"), bare=True),
)

DEALERS = (
    Column(label=_("Dealer"), lead=True, sort="name"),
    Column(label=_("Today's order"), beside=True),
    Column(label=_("Lines"), number=True, sort="lines"),
    Column(label=_("Amount"), number=True, beside=True, sort="amount"),
    Column(label=_("Expected profit"), number=True, sort="profit"),
    Column(label=_("At risk"), number=True, sort="risk"),
    Column(label=_("Stock days"), number=True, sort="stock"),
    Column(label=_("People"), number=True, sort="people"),
)

LINES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Quantity"), number=True, beside=True),
    Column(label=_("Days of cover, before → after")),
    Column(label=_("Runs out if skipped"), number=True),
    Column(label=_("Expected profit"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

STOCK = (
    Column(label=_("Product"), lead=True),
    Column(label=_("On hand"), number=True),
    Column(label=_("On the way"), number=True),
    Column(label=_("Days of cover")),
    Column(label=_("Chance of running out"), number=True, beside=True),
)

ORDERS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("Dealer"), bare=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Ordered"), narrow=True),
    Column(label=_("Arrives"), narrow=True),
    Column(label=_("Lines"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

SHIPMENTS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("Dealer"), bare=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Left on"), narrow=True),
    Column(label=_("Carrier")),
)

CARRIERS = (
    Column(label=_("Carrier"), lead=True),
    Column(label=_("Address")),
    Column(label=_("Heard last"), narrow=True, beside=True),
    Column(label=_("Act"), bare=True),
)

UNKNOWN_NOTICES = (
    Column(label=_("Tracking number"), lead=True),
    Column(label=_("Carrier")),
    Column(label=_("State"), beside=True),
    Column(label=_("Happened"), narrow=True),
)

WAITING_TO_SHIP = (
    Column(label=_("Order"), lead=True),
    Column(label=_("Dealer"), bare=True),
    Column(label=_("Ordered"), narrow=True),
    Column(label=_("Lines still to come"), number=True, beside=True),
)

CLAIMS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("Dealer"), bare=True),
    Column(label=_("What was wrong")),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("Act"), bare=True),
)

# On the dealer's own page.
ORDERS_OF_DEALER = (ORDERS[0], *ORDERS[2:])

ORDER_LINES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Quantity"), number=True, beside=True),
    Column(label=_("Shipped"), number=True),
    Column(label=_("Received quantity"), number=True),
    Column(label=_("Price"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Category")),
    Column(label=_("Customer's price"), number=True, beside=True),
    Column(label=_("Dealers who sell it"), number=True),
    Column(label=_("Of these at risk"), number=True),
    Column(label=_("Sold in four weeks"), number=True),
    Column(label=_("Days of cover"), number=True, beside=True),
)

PRICE_LISTS = (
    Column(label=_("Price list"), lead=True),
    Column(label=_("Goes by")),
    Column(label=_("Dealers who get it"), number=True),
    Column(label=_("Products"), number=True),
    Column(label=_("Prices"), number=True, beside=True),
    Column(label=_("Start later"), number=True),
)

LIST_PRICES = (
    Column(label=_("Product"), lead=True),
    Column(label=_("From how many units"), number=True),
    Column(label=_("Price"), number=True, beside=True),
    Column(label=_("Since"), narrow=True),
    Column(label=_("Until"), narrow=True),
    Column(label=_("State")),
    Column(label=_("Acts"), bare=True, narrow=True),
)

PRICE_HISTORY = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Before"), number=True),
    Column(label=_("After"), number=True, beside=True),
    Column(label=_("What")),
    Column(label=_("By whom")),
    Column(label=_("When"), narrow=True),
)

PRICE_PREVIEW = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Pays for a unit"), number=True, beside=True),
    Column(label=_("Why this price"), bare=True),
    Column(label=_("Cheaper"), number=True),
)

CLASSES = (
    Column(label=_("Class"), lead=True),
    Column(label=_("Products at dealers"), number=True),
    Column(label=_("Stock value"), number=True, beside=True),
    Column(label=_("Share of sales"), number=True),
    Column(label=_("Service chosen"), number=True, beside=True),
    Column(label=_("Simulated fill rate"), number=True),
    Column(label=_("Simulated stock days"), number=True),
    Column(label=_("Simulated cost"), number=True),
)

STAGES = (
    Column(label=_("Stage of life"), lead=True),
    Column(label=_("Products at dealers"), number=True),
    Column(label=_("Stock value"), number=True, beside=True),
    Column(label=_("Share of stock"), number=True),
    Column(label=_("Sold in a day"), number=True),
)

SELLERS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Class")),
    Column(label=_("Sold in four weeks"), number=True),
    Column(label=_("On hand"), number=True),
    Column(label=_("On the way"), number=True),
    Column(label=_("Days of cover")),
    Column(label=_("Proposed today"), number=True),
    Column(label=_("Chance of running out"), number=True, beside=True),
)

MEASURES = (
    Column(label=_("Measure"), lead=True),
    Column(label=_("Without advice, or before"), number=True),
    Column(label=_("Difference"), number=True, beside=True),
    Column(label=_("Verdict")),
    Column(label=_("How it was measured"), bare=True),
)

WORTH_OF_DEALERS = (
    Column(label=_("Dealer"), lead=True, sort="name"),
    Column(label=_("Advice that counts"), number=True, sort="advice"),
    Column(label=_("Followed, by value"), number=True, beside=True, sort="taken"),
    Column(label=_("Brought"), number=True, sort="followed"),
    Column(label=_("Lost by not following"), number=True, beside=True, sort="missed"),
    Column(label=_("Cost of advice that did not pay"), number=True, sort="unpaid"),
    Column(label=_("Weeks in the band"), number=True, sort="inside"),
)

RUNS = (
    Column(label=_("Run"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Known up to")),
    Column(label=_("Dealers"), number=True),
    Column(label=_("Products at dealers"), number=True),
    Column(label=_("Lines"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("Seconds"), number=True),
)

FEEDS = (
    Column(label=_("Feed"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Days covered")),
    Column(label=_("Rows"), number=True),
    Column(label=_("Last file")),
)

BATCHES = (
    Column(label=_("File"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Read at")),
    Column(label=_("Rows read"), number=True),
    Column(label=_("New"), number=True),
    Column(label=_("Replaced"), number=True),
    Column(label=_("Unchanged"), number=True),
    Column(label=_("Set aside"), number=True, beside=True),
)

SET_ASIDE = (
    Column(label=_("Row"), number=True, narrow=True),
    Column(label=_("Why, and what to do"), lead=True),
    Column(label=_("The row as it came"), bare=True),
)

USERS = (
    Column(label=_("Person"), lead=True),
    Column(label=_("Works for")),
    Column(label=_("Role")),
    Column(label=_("Last sign-in")),
    Column(label=_("State"), beside=True),
    Column(label=_("Acts"), bare=True),
)

REPLAYED_DEALERS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Gain"), beside=True),
    Column(label=_("Saving by decisions (simulated)"), number=True, beside=True),
    Column(label=_("Fill rate (simulated)"), number=True),
    Column(label=_("with fixed cover"), number=True),
)

AUTOMATIC = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("At most for one order"), number=True, beside=True),
    Column(label=_("At most in a month"), number=True),
    Column(label=_("Every day at"), number=True),
    Column(label=_("Saving by decisions (simulated)"), number=True),
    Column(label=_("Changed")),
)

AUTOMATIC_ATTEMPTS = (
    Column(label=_("For the morning of"), lead=True),
    Column(label=_("What became of it"), beside=True),
    Column(label=_("Why")),
    Column(label=_("When")),
)

SUPPLY = (
    Column(label=_("Product"), lead=True, sort="name"),
    Column(label=_("Make or buy now"), number=True, beside=True, sort="quantity"),
    Column(label=_("Value"), number=True, sort="value"),
    Column(label=_("Dealers need in 13 weeks"), number=True, sort="need"),
    Column(label=_("Free to ship"), number=True),
    Column(label=_("Due"), number=True),
    Column(label=_("Takes"), number=True),
    Column(label=_("Shortage risk"), number=True, beside=True, sort="risk"),
)

SUPPLY_WEEKS = (
    Column(label=_("Week of"), lead=True),
    Column(label=_("Dealers need"), number=True, beside=True),
    Column(label=_("Due"), number=True),
    Column(label=_("Planned receipt"), number=True),
    Column(label=_("Built ahead for it"), number=True),
    Column(label=_("Order in this week"), number=True, beside=True),
    Column(label=_("Stock at the end"), number=True),
    Column(label=_("Shortage risk"), number=True),
)

SHARED = (
    Column(label=_("Product"), lead=True),
    Column(label=_("There for"), number=True, beside=True),
    Column(label=_("Needed until more comes"), number=True),
    Column(label=_("Free to ship"), number=True),
    Column(label=_("More comes")),
    Column(label=_("Dealers"), number=True),
    Column(label=_("Told"), bare=True, narrow=True),
)

SHARES = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Tier")),
    Column(label=_("Needs until more comes"), number=True),
    Column(label=_("Today's order would be"), number=True),
    Column(label=_("Gets"), number=True, beside=True),
    Column(label=_("Of its need"), number=True, beside=True),
)

TRIPS = (
    Column(label=_("From and to"), lead=True, sort="name"),
    Column(label=_("Lines"), number=True, beside=True, sort="lines"),
    Column(label=_("Goods"), number=True, sort="value"),
    Column(label=_("Margin saved"), number=True),
    Column(label=_("Distance"), number=True, sort="distance"),
    Column(label=_("Freight and trip"), number=True),
    Column(label=_("Gain of the trip"), number=True, beside=True, sort="gain"),
)

TRANSFERS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Move"), number=True, beside=True),
    Column(label=_("Giver has"), number=True),
    Column(label=_("Taker has"), number=True),
    Column(label=_("Sales saved"), number=True),
    Column(label=_("Goods"), number=True),
    Column(label=_("Freight"), number=True),
    Column(label=_("Worth after freight"), number=True, beside=True),
)

ORDER_PLANS = (
    Column(label=_("Dealer"), lead=True, sort="name"),
    Column(label=_("State"), beside=True, sort="state"),
    Column(label=_("Plan of 13 weeks"), number=True, beside=True, sort="amount"),
    Column(label=_("System's figure"), number=True, sort="system"),
    Column(label=_("Difference"), number=True, sort="deviation"),
    Column(label=_("Last change"), sort="changed"),
)

PLANNED_CATEGORIES = (
    Column(label=_("Category"), lead=True),
    Column(label=_("Plan of 13 weeks"), number=True, beside=True),
    Column(label=_("System's figure"), number=True),
    Column(label=_("Units"), number=True, beside=True),
    Column(label=_("Cost of ordering ahead"), number=True),
)

SEGMENTS = (
    Column(label=_("Segment"), lead=True),
    Column(label=_("Method in force"), beside=True),
    Column(label=_("Since")),
    Column(label=_("By what evidence")),
    Column(label=_("Today's plan used")),
)

TRIALS = (
    Column(label=_("Challenger"), lead=True),
    Column(label=_("Verdict"), beside=True),
    Column(label=_("Cost saved, simulated"), number=True),
    Column(label=_("In each window"), number=True),
    Column(label=_("Fill rate, before → after"), number=True),
    Column(label=_("Dealers"), number=True),
)

PROMOTIONS = (
    Column(label=_("In force from"), lead=True),
    Column(label=_("Segment"), beside=True),
    Column(label=_("Change")),
    Column(label=_("Cost saved, simulated"), number=True),
    Column(label=_("Trial"), bare=True),
)

ROUNDS = (
    Column(label=_("Trial"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Known up to")),
    Column(label=_("Asked for by")),
    Column(label=_("Processor seconds"), number=True),
    Column(label=_("Memory at most"), number=True),
)

DEALER_ALERTS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Alerts"), number=True),
    Column(label=_("At stake"), number=True, beside=True),
    Column(label=_("Reasons and the dearest"), bare=True),
)

NOTICED = (
    Column(label=_("What"), lead=True),
    Column(label=_("Dealer")),
    Column(label=_("At stake"), number=True, beside=True),
    Column(label=_("The dealer says")),
)

PRODUCT_ALERTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Dealers"), number=True),
    Column(label=_("The first runs out"), number=True),
    Column(label=_("Lost until goods come"), number=True),
    Column(label=_("At stake"), number=True, beside=True),
)

LOST_DEMAND = (
    Column(label=_("Code"), lead=True),
    Column(label=_("Why not")),
    Column(label=_("Dealers"), number=True),
    Column(label=_("Units asked for"), number=True, beside=True),
    Column(label=_("Last asked for")),
)

STOCK_OF_ENTERPRISE = (
    Column(label=_("Product"), lead=True),
    Column(label=_("On hand"), number=True),
    Column(label=_("Reserved"), number=True),
    Column(label=_("Waited for"), number=True),
    Column(label=_("Due"), number=True),
    Column(label=_("Can be promised"), number=True, beside=True),
)

PROMISES = (
    Column(label=_("From"), lead=True),
    Column(label=_("Can be promised"), number=True, beside=True),
)

HOLDERS = (
    Column(label=_("Order"), lead=True),
    Column(label=_("State")),
    Column(label=_("Reserved"), number=True, beside=True),
    Column(label=_("Waits for"), number=True, beside=True),
)

WAITING = (
    Column(label=_("Order"), lead=True),
    Column(label=_("Dealer"), bare=True),
    Column(label=_("Waits at"), beside=True),
    Column(label=_("Why")),
    Column(label=_("Who is asked")),
    Column(label=_("Working days"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

PURCHASES = (purchase_sheet.ORDERS[0], Column(label=_("Supplier"), bare=True), *purchase_sheet.ORDERS[1:])

TO_BUY = (
    Column(label=_("Product"), lead=True),
    Column(label=_("Unit cost"), number=True),
    Column(label=_("On open orders"), number=True),
    Column(label=_("Buy"), number=True, beside=True),
)

CYCLE_TARGETS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Working days from order to receipt"), number=True, beside=True),
)

DEALER_STARTS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("First sale"), beside=True),
    Column(label=_("First plan a week"), number=True),
    Column(label=_("This week's plan"), number=True, beside=True),
    Column(label=_("Sold in full weeks"), number=True),
    Column(label=_("Against the first plan"), number=True),
    Column(label=_("Decided by its own sales")),
)

PRODUCT_STARTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("First sale"), beside=True),
    Column(label=_("First plan, this week"), number=True),
    Column(label=_("This week's plan"), number=True, beside=True),
    Column(label=_("Sold in full weeks"), number=True),
    Column(label=_("Against the first plan"), number=True),
    Column(label=_("Dealers reached")),
)

LOOK_ALIKES = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Say in the plan"), number=True, beside=True),
    Column(label=_("Its market over the new one's"), number=True),
    Column(label=_("Distance"), number=True),
    Column(label=_("Sells a week"), number=True),
)

START_PRODUCTS = (
    Column(label=_("Product"), lead=True),
    Column(label=_("First plan a week"), number=True),
    Column(label=_("Sold since"), number=True),
    Column(label=_("Corrected, a week"), number=True, beside=True),
)

START_DEALERS = (Column(label=_("Dealer"), lead=True), *START_PRODUCTS[1:])

ACCOUNTS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Balance"), number=True, beside=True),
    Column(label=_("Overdue"), number=True),
    Column(label=_("Credit limit"), number=True),
    Column(label=_("Last payment"), narrow=True),
    Column(label=_("Dunning")),
)

REMINDER_LOG = (
    Column(label=_("Reminder"), lead=True),
    Column(label=_("To")),
    Column(label=_("By")),
    Column(label=_("When")),
    Column(label=_("Attempts"), number=True),
    Column(label=_("Outcome"), beside=True),
    Column(label=_("Act"), bare=True, narrow=True),
)

PROGRAMMES = (
    Column(label=_("Programme"), lead=True),
    Column(label=_("What counts")),
    Column(label=_("Period")),
    Column(label=_("Earn something"), number=True),
    Column(label=_("Counted so far"), number=True),
    Column(label=_("Cost so far"), number=True, beside=True),
)

PROGRAMME_PERIODS = (
    Column(label=_("Period"), lead=True),
    Column(label=_("Rules")),
    Column(label=_("Earn something"), number=True),
    Column(label=_("Amount counted"), number=True),
    Column(label=_("Cost"), number=True, beside=True),
    Column(label=_("Not settled"), number=True),
    Column(label=_("Settlement"), bare=True),
)

PARTS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Amount counted"), number=True),
    Column(label=_("Step reached"), number=True),
    Column(label=_("To the next step"), number=True),
    Column(label=_("Earned"), number=True, beside=True),
)

EVIDENCE = (
    Column(label=_("Evidence"), lead=True),
    Column(label=_("Product")),
    Column(label=_("Day")),
    Column(label=_("Amount that counts"), number=True),
    Column(label=_("Earned"), number=True, beside=True),
)

REBATE_ENTRIES = (
    Column(label=_("Entry"), lead=True),
    Column(label=_("Evidence")),
    Column(label=_("Amount that counts"), number=True),
    Column(label=_("Step reached"), number=True),
    Column(label=_("Amount"), number=True, beside=True),
)

REBATE_STATEMENTS = (
    Column(label=_("Rebate statement"), lead=True),
    Column(label=_("Dealer")),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("Made on")),
    Column(label=_("State")),
)

PREVIEW_DEALERS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Would have counted"), number=True),
    Column(label=_("Step reached"), number=True),
    Column(label=_("To the next step"), number=True),
    Column(label=_("Would have earned"), number=True, beside=True),
)

ASKED_ADJUSTMENTS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Programme")),
    Column(label=_("Cause")),
    Column(label=_("Asked by")),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("Decision"), bare=True),
)

REBATE_CLAIMS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Programme")),
    Column(label=_("What is missing")),
    Column(label=_("Evidence")),
    Column(label=_("Amount"), number=True, beside=True),
    Column(label=_("State")),
)

REBATE_DISPUTES = (
    Column(label=_("Rebate statement"), lead=True),
    Column(label=_("Dealer")),
    Column(label=_("Programme")),
    Column(label=_("Opened")),
    Column(label=_("State"), beside=True),
)

TIERS = (
    Column(label=_("Tier"), lead=True),
    Column(label=_("Rule")),
    Column(label=_("What it gives")),
    Column(label=_("Dealers"), number=True, beside=True),
    Column(label=_("Act"), bare=True, narrow=True),
)

TIER_CHANGES = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("From")),
    Column(label=_("To"), beside=True),
    Column(label=_("Why")),
    Column(label=_("When")),
)

PERMISSIONS = (
    Column(label=_("Dealer"), lead=True),
    Column(label=_("Supplier"), beside=True),
    Column(label=_("What")),
    Column(label=_("Acts"), bare=True, narrow=True),
)

DEALERS_PURCHASES = (
    Column(label=_("Order"), lead=True),
    Column(label=_("State"), beside=True),
    Column(label=_("Ordered")),
    Column(label=_("Promised for")),
    Column(label=_("Amount"), number=True, beside=True),
)
