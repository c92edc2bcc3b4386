from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "firstmove.portals.design"
    label = "design"
    verbose_name = "Design system"
