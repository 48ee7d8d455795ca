from django.urls import URLPattern, path

from numbering.cloud.views import phone_book, scheme, settings

urlpatterns: list[URLPattern] = [
    path("numbers/<slug:digits>/after-hours/", settings.after_hours, name="after_hours"),
    path("numbers/<slug:digits>/voicemail/", settings.voicemail, name="voicemail"),
    path("numbers/<slug:digits>/forwarding/", settings.forwarding, name="forwarding"),
    path("phone-book/", phone_book.index, name="phone_book"),
    path("phone-book/new/", phone_book.entry, name="phone_book_new"),
    path("phone-book/<int:pk>/", phone_book.entry, name="phone_book_entry"),
    path("phone-book/import/", phone_book.take_in, name="phone_book_import"),
    path("phone-book/import/<uuid:uuid>/", phone_book.preview, name="phone_book_preview"),
    path("phone-book/export/", phone_book.export, name="phone_book_export"),
    path("scheme/", scheme.page, name="scheme-switch"),
    path("scheme/<uuid:uuid>/result.csv", scheme.result_file, name="scheme-result"),
]
