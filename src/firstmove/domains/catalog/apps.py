from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "firstmove.domains.catalog"
    label = "catalog"
