"""The addresses of a construction-date order, below dial-in/by-date/ of the app's."""

from django.urls import path

from numbering.dial_in.views.by_date import (
    blank_forms,
    contact,
    date,
    files,
    functions,
    matters,
    menu,
    part,
    remaining,
    rows,
    start,
)

_PART = "<uuid:uuid>/parts/<str:which>/"

urlpatterns = [
    path("", start.index, name="dial-in-by-date"),
    path("new/", start.consent, name="dial-in-by-date-consent"),
    path("new/contract/", start.contract, name="dial-in-by-date-contract"),
    path("remaining-lines.xlsx", remaining.blank, name="dial-in-by-date-remaining-form"),
    path("<uuid:uuid>/", menu.menu, name="dial-in-by-date-menu"),
    path("<uuid:uuid>/discard/", menu.discard, name="dial-in-by-date-discard"),
    path("legal-record.<str:kind>", blank_forms.legal, name="dial-in-by-date-legal-form"),
    path("<uuid:uuid>/matters/", matters.matters, name="dial-in-by-date-matters"),
    path("<uuid:uuid>/date/", date.choose, name="dial-in-by-date-date"),
    path("<uuid:uuid>/contact/", contact.contact, name="dial-in-by-date-contact"),
    path(_PART, part.base, name="dial-in-by-date-part"),
    path(f"{_PART}rows/", rows.rows, name="dial-in-by-date-rows"),
    path(f"{_PART}file/", files.upload, name="dial-in-by-date-file"),
    path(f"{_PART}file/sample.csv", files.sample, name="dial-in-by-date-file-sample"),
    path(f"{_PART}file/errors.csv", files.bad, name="dial-in-by-date-file-bad"),
    path(f"{_PART}remaining/", remaining.remaining, name="dial-in-by-date-remaining"),
    path(f"{_PART}functions/", functions.functions, name="dial-in-by-date-functions"),
    path(f"{_PART}check/", part.check, name="dial-in-by-date-part-check"),
    path(f"{_PART}drop/", part.drop, name="dial-in-by-date-part-drop"),
    path(f"{_PART}remove/", part.remove, name="dial-in-by-date-part-remove"),
]
