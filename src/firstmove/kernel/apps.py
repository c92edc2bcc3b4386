from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "firstmove.kernel"
    label = "kernel"
