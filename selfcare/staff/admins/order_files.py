"""Files of orders. There is no import: an order is what a customer was shown and accepted, checked, promised and mailed
at that moment. A row of a file has none of that; what is to happen is ordered, on a customer's page or in place of
it."""

from django.utils.translation import gettext_lazy

from selfcare.accounts.models import Contract, Customer
from selfcare.orders.models import Order
from selfcare.orders.procedures import UnknownProcedure
from selfcare.staff.files.resources import Shown, StaffResource, found


class OrderResource(StaffResource):
    request_id = Shown("リクエストID")
    title = Shown("手続き")
    customer = found("customer", "パートナーID", Customer, "partner_id")
    customer_name = Shown("契約者名")
    contract = found("contract", "契約番号", Contract, "number")
    state = Shown("状態")

    related = ("customer", "contract")
    about = gettext_lazy(
        "お申し込みは、お客様に料金と反映時期をお見せして受け付けるものなので、ファイルからは取り込めません。"
        "書面でのお申し込みは、それぞれの契約・回線・番号の画面から代行します。"
    )

    class Meta:
        model = Order
        fields = (
            "request_id", "title", "customer", "customer_name", "contract", "state", "created_at", "accepted_at",
            "due_at", "finished_at", "reason",
        )  # fmt: skip

    def dehydrate_request_id(self, order: Order) -> str:
        return order.request_id

    def dehydrate_title(self, order: Order) -> str:
        try:
            return str(order.handler.title)
        except UnknownProcedure:
            return order.procedure

    def dehydrate_customer_name(self, order: Order) -> str:
        return order.customer.name

    def dehydrate_state(self, order: Order) -> str:
        return order.state_label
