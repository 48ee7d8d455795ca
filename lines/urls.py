from django.urls import path

from lines.views import callback, pages
from selfcare.orders.views.wizard import wizard

app_name = "lines"
urlpatterns = [
    path("", pages.index, name="list"),
    path("<int:pk>/", pages.line, name="line"),
    path("<int:pk>/suspend/", wizard("lines.suspend"), name="suspend"),
    path("<int:pk>/resume/", wizard("lines.resume"), name="resume"),
    path("carrier/events/", callback.receive, name="carrier-events"),
]
