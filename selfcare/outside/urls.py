from django.urls import path

from selfcare.outside import callbacks

app_name = "outside"
urlpatterns = [
    path("outside/<str:system>/events/", callbacks.receive, name="events"),
]
