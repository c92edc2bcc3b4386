from django.apps import AppConfig


class AccountPortalConfig(AppConfig):
    name = "firstmove.portals.account"
    label = "account_portal"
