from django.apps import AppConfig


class DealerPortalConfig(AppConfig):
    name = "firstmove.portals.dealer"
    label = "dealer_portal"
