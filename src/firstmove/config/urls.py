"""Every address, by audience."""

from django.urls import include, path

urlpatterns = [
    path("", include("firstmove.portals.account.urls")),
    path("dealer/", include("firstmove.portals.dealer.urls")),
    path("enterprise/", include("firstmove.portals.enterprise.urls")),
    path("supplier/", include("firstmove.portals.supplier.urls")),
    path("api/", include("firstmove.api.urls")),
]
