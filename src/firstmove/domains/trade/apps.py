from django.apps import AppConfig


class TradeConfig(AppConfig):
    name = "firstmove.domains.trade"
    label = "trade"
