"""Below /numbering/dial-in/at-once/."""

from django.urls import path

from numbering.dial_in.views.at_once import bases, begin, contact, contents, upload

urlpatterns = [
    path("", begin.entry, name="dial-in-at-once"),
    path("new/<int:group>/", begin.begin, name="dial-in-at-once-new"),
    path("<uuid:uuid>/consent/", begin.consent, name="dial-in-at-once-consent"),
    path("<uuid:uuid>/method/", begin.method, name="dial-in-at-once-method"),
    path("<uuid:uuid>/bases/", bases.bases, name="dial-in-at-once-bases"),
    path("<uuid:uuid>/contents/", contents.contents, name="dial-in-at-once-contents"),
    path("<uuid:uuid>/file/", upload.upload, name="dial-in-at-once-file"),
    path("<uuid:uuid>/file/template.csv", upload.sample, name="dial-in-at-once-template"),
    path("<uuid:uuid>/file/correct.csv", upload.correct, name="dial-in-at-once-correct"),
    path("<uuid:uuid>/contact/", contact.contact, name="dial-in-at-once-contact"),
]
