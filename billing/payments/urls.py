from django.urls import path

from billing.payments import views

app_name = "payments"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:pk>/pay/", views.pay, name="pay"),
    path("cards/<uuid:reference>/", views.card, name="card"),
    path("cards/<uuid:reference>/back/", views.card_back, name="card-back"),
]
