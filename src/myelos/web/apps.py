"""The pages as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "myelos.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
