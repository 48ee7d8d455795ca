from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    name = "selfcare.runtime"
    label = "runtime"
