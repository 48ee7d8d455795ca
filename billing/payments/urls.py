from django.urls import path

from billing.payments import views
from selfcare.orders.views.wizard import wizard

app_name = "payments"
urlpatterns = [
    path("", views.index, name="index"),
    path("method/", wizard("billing.payment_method"), name="method"),
    path("cards/new/", views.card_new, name="card-new"),
    path("<int:pk>/pay/", views.pay, name="pay"),
    path("cards/<uuid:reference>/", views.card, name="card"),
    path("cards/<uuid:reference>/back/", views.card_back, name="card-back"),
]
