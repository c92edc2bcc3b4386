"""The enterprise's addresses. An act is a noun below what it changes: users/7/departure/."""

from django.urls import path

from firstmove.portals.enterprise.views import (
    automatic,
    batches,
    classes,
    dealers,
    orders,
    overview,
    products,
    replays,
    runs,
    users,
    worth,
)

app_name = "enterprise"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("dealers/", dealers.dealers, name="dealers"),
    path("dealers/<int:dealer_id>/", dealers.dealer, name="dealer"),
    path("dealers/<int:dealer_id>/proposals/<int:proposal_id>/", dealers.proposal, name="proposal"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("products/", products.products, name="products"),
    path("products/<int:product_id>/", products.product, name="product"),
    path("classes/", classes.classes, name="classes"),
    path("classes/choice/", classes.choice, name="service-choice"),
    path("runs/", runs.runs, name="runs"),
    path("runs/new/", runs.new, name="new-run"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("replays/", replays.replays, name="replays"),
    path("replays/new/", replays.new, name="new-replay"),
    path("replays/<int:replay_id>/", replays.replay, name="replay"),
    path("automatic/", automatic.automatic, name="automatic"),
    path("automatic/pause/", automatic.pause, name="automatic-pause"),
    path("automatic/resumption/", automatic.resumption, name="automatic-resumption"),
    path("worth/", worth.worth, name="worth"),
    path("worth/file/", worth.file, name="worth-file"),
    path("worth/hold-out/", worth.hold_out, name="hold-out"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<int:batch_id>/", batches.batch, name="batch"),
    path("users/", users.users, name="users"),
    path("users/new/", users.new, name="new-user"),
    path("users/invitation/", users.invitation, name="invitation"),
    path("users/link/", users.link, name="link"),
    path("users/<int:user_id>/link/", users.new_link, name="new-link"),
    path("users/<int:user_id>/departure/", users.departure, name="departure"),
    path("users/<int:user_id>/return/", users.come_back, name="return"),
]
