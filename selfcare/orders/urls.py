from django.urls import path

from selfcare.orders.views import again, approval, approval_batch, batch, batch_page, coming, confirm, history, order

app_name = "orders"
urlpatterns = [
    path("", history.history, name="history"),
    path("coming/", coming.coming, name="coming"),
    path("coming/cancel/", coming.cancel, name="coming_cancel"),
    path("approvals/", approval.index, name="approvals"),
    path("<uuid:uuid>/approve/", approval.approve, name="approve"),
    path("<uuid:uuid>/refuse/", approval.refuse, name="refuse"),
    path("<uuid:uuid>/confirm/", confirm.confirm, name="confirm"),
    path("<uuid:uuid>/", order.show, name="order"),
    path("<uuid:uuid>/cancel/", order.cancel, name="cancel"),
    path("<uuid:uuid>/again/", again.again, name="again"),
    path("batches/", batch_page.index, name="batches"),
    path("batches/<uuid:uuid>/confirm/", batch.confirm, name="batch_confirm"),
    path("batches/<uuid:uuid>/approve/", approval_batch.approve, name="batch_approve"),
    path("batches/<uuid:uuid>/refuse/", approval_batch.refuse, name="batch_refuse"),
    path("batches/<uuid:uuid>/", batch_page.show, name="batch"),
    path("batches/<uuid:uuid>/cancel/", batch.cancel, name="batch_cancel"),
]
