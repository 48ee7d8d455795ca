from django.urls import path

from selfcare.orders.views import confirm, history, order

app_name = "orders"
urlpatterns = [
    path("", history.history, name="history"),
    path("<uuid:uuid>/confirm/", confirm.confirm, name="confirm"),
    path("<uuid:uuid>/", order.show, name="order"),
    path("<uuid:uuid>/cancel/", order.cancel, name="cancel"),
]
