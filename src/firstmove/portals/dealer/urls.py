"""The dealer's addresses. An act is a noun below what it changes: proposals/7/confirmation/."""

from django.urls import path

from firstmove.portals.dealer.views import (
    advice,
    automatic,
    catalogue,
    orders,
    outcomes,
    proposals,
    replays,
    scarce,
    settings,
    stock,
    today,
)

app_name = "dealer"
urlpatterns = [
    path("", today.today, name="today"),
    path("proposals/<int:proposal_id>/", proposals.proposal, name="proposal"),
    path("proposals/<int:proposal_id>/lines/", proposals.group, name="group"),
    path("proposals/<int:proposal_id>/lines/<int:number>/", proposals.line, name="line"),
    path("proposals/<int:proposal_id>/lines/<int:number>/quantity/", proposals.quantity, name="quantity"),
    path("proposals/<int:proposal_id>/confirmation/", proposals.confirmation, name="confirmation"),
    path("proposals/<int:proposal_id>/rejection/", proposals.rejection, name="rejection"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/<int:product_id>/", catalogue.product, name="product"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/receipt/", orders.receipt, name="receipt"),
    path("orders/<int:order_id>/cancellation/", orders.cancellation, name="cancellation"),
    path("stock/", stock.stock, name="stock"),
    path("scarce/", scarce.scarce, name="scarce"),
    path("advice/", advice.advice, name="advice"),
    path("advice/outcomes/", outcomes.outcomes, name="outcomes"),
    path("advice/outcomes/file/", outcomes.file, name="outcomes-file"),
    path("advice/comparison/", outcomes.comparison, name="comparison"),
    path("advice/comparison/participation/", outcomes.participation, name="participation"),
    path("replays/", replays.replays, name="replays"),
    path("replays/new/", replays.new, name="new-replay"),
    path("replays/<int:replay_id>/", replays.replay, name="replay"),
    path("automatic/", automatic.automatic, name="automatic"),
    path("automatic/consent/", automatic.consent, name="automatic-consent"),
    path("automatic/withdrawal/", automatic.withdrawal, name="automatic-withdrawal"),
    path("settings/", settings.settings, name="settings"),
    path("settings/consent/", settings.consent, name="consent"),
    path("settings/people/", settings.invitation, name="invitation"),
    path("settings/people/<int:user_id>/departure/", settings.departure, name="departure"),
    path("settings/people/<int:user_id>/return/", settings.come_back, name="return"),
    path("settings/people/<int:user_id>/link/", settings.link, name="password-link"),
]
