from django.urls import path

from selfcare.outside import callbacks

app_name = "outside"
urlpatterns = [
    path("outside/<slug:system>/events/", callbacks.receive, name="events"),
]
