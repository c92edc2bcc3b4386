from django.apps import AppConfig


class EnterprisePortalConfig(AppConfig):
    name = "firstmove.portals.enterprise"
    label = "enterprise_portal"
