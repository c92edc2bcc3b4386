from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "firstmove.domains.intake"
    label = "intake"
