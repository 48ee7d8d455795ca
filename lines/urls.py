from django.urls import path

from lines.views import callback, esim, pages
from selfcare.orders import procedures
from selfcare.orders.views.wizard import url_name, wizard

app_name = "lines"

#: One input page for every procedure of a line: /lines/<id>/voice-options/ is lines:voice-options.
_ONE_LINE = [
    path(f"<int:pk>/{name}/", wizard(procedure.code), name=name)
    for procedure in procedures.every()
    if procedure.code.startswith("lines.")
    for name in [url_name(procedure).removeprefix("lines:")]
]

urlpatterns = [
    path("", pages.index, name="list"),
    path("<int:pk>/", pages.line, name="line"),
    *_ONE_LINE,
    path("esim/<uuid:uuid>/", esim.show, name="esim-code"),
    path("carrier/events/", callback.receive, name="carrier-events"),
]
