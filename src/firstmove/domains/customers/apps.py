from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "firstmove.domains.customers"
    label = "customers"
