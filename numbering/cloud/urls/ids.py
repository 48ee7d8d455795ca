"""番号ID設定, setting phones up, what the app asks, and the orders of numbers and IDs."""

from django.urls import URLPattern, path

from numbering.cloud.views import app, ids, setting_up
from selfcare.orders.views.wizard import wizard

urlpatterns: list[URLPattern] = [
    path("", ids.index, name="numbers"),
    path("ids/<slug:code>/", ids.show, name="id"),
    path("ids/<slug:code>/save/", ids.save, name="id-save"),
    path("ids/<slug:code>/devices/", ids.log_out, name="id-devices"),
    path("ids/<slug:code>/password/", ids.password, name="id-password"),
    path("ids/<slug:code>/set-up/", setting_up.set_up, name="id-set-up"),
    path("ids/<slug:code>/devices/<uuid:uuid>/test-ring/", setting_up.test_ring, name="test-ring"),
    path("add-ids/", wizard("cloud.add_ids"), name="add-ids"),
    path("remove-id/<int:pk>/", wizard("cloud.remove_id"), name="remove-id"),
    path("add-number/", wizard("cloud.add_number"), name="add-number"),
    path("remove-number/<int:pk>/", wizard("cloud.remove_number"), name="remove-number"),
    path("numbers/<slug:digits>/", ids.number, name="number"),
    path("setup/<str:code>/", setting_up.setup, name="setup"),
    path("app/login/", app.log_in, name="app-login"),
    path("app/logout/", app.log_out, name="app-logout"),
]
