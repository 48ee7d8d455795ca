from django.urls import URLPattern

app_name = "contract_data"
urlpatterns: list[URLPattern] = []
