from django.apps import AppConfig


class SupplierPortalConfig(AppConfig):
    name = "firstmove.portals.supplier"
    label = "supplier_portal"
