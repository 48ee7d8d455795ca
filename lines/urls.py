from django.urls import path

from lines import offered
from lines.views import bulk, bulk_file, callback, esim, find, mnp_in, pages
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

#: 各種手続き: the line is found first; and many lines from a file. /lines/plan/ and /lines/plan/file/.
_FOUND_FIRST = [
    path(f"{entry.name}/", find.finding(entry.name), name=f"find-{entry.name}") for entry in offered.entries()
]
_FILES = [
    one
    for procedure in offered.of_lines()
    if procedure.takes_the_good
    for name in [url_name(procedure).removeprefix("lines:")]
    for one in (
        path(f"{name}/file/", bulk_file.upload(procedure.code), name=f"{name}-file"),
        path(f"{name}/file/sample.csv", bulk_file.sample(procedure.code), name=f"{name}-file-sample"),
    )
]

urlpatterns = [
    path("", pages.index, name="list"),
    path("mnp-in/", mnp_in.index, name="mnp-in-list"),
    path("<int:pk>/", pages.line, name="line"),
    *_ONE_LINE,
    path("bulk/", bulk.choose, name="bulk"),
    *_FOUND_FIRST,
    *_FILES,
    path("esim/<uuid:uuid>/", esim.show, name="esim-code"),
    path("carrier/events/", callback.receive, name="carrier-events"),
]
