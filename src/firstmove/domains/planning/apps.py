from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "firstmove.domains.planning"
    label = "planning"
