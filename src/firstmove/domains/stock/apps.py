from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "firstmove.domains.stock"
    label = "stock"
