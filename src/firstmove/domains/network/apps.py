from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "firstmove.domains.network"
    label = "network"
