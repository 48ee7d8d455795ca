"""What operators do with one order of construction, on its page: one button for each step that is open."""

from datetime import time
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.admin.dial_in.found import day_field
from numbering.dial_in.services import operating, rescheduling
from numbering.dial_in.services.works import BY_DATE, SALES
from numbering.dial_in.stages import BEFORE_DONE, Stage, may_become, stage_of
from selfcare import calendar, clock
from selfcare.orders.models import Order
from selfcare.staff import operations
from selfcare.staff.base import operator
from selfcare.staff.operations import CustomerReasonForm, Link, NoForm, Operation, OperationForm

_OPERATE = "staff.operate_orders"


def register() -> None:
    """Give the pages of orders their buttons."""
    for operation in OPERATIONS:
        operations.register(Order, operation)
    operations.register_link(Order, Link("orders.view_order", _file))


class RescheduleForm(CustomerReasonForm):
    day = day_field(gettext_lazy("新しい工事日"))
    at = forms.TimeField(
        label=gettext_lazy("時刻"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=gettext_lazy("時刻を決めないときは空のままにします。"),
        error_messages={"invalid": gettext_lazy("00:00から23:59までの時刻をHH:MMの形で入力してください。")},
    )
    field_order = ("day", "at", "reason")

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["day"].initial = row.data.get("date")
        self.fields["at"].initial = row.data.get("time")
        if row.procedure == SALES:
            del self.fields["at"]
            self.fields["day"].label = _("新しい開通日")

    def clean_at(self) -> str:
        at: time | None = self.cleaned_data["at"]
        return f"{at:%H:%M}" if at else ""


class CompletionForm(OperationForm):
    """A reason only before the day on which 竣工 is expected."""

    reason = forms.CharField(
        label=gettext_lazy("予定日より前に竣工とする理由"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=gettext_lazy("監査記録に残ります。"),
    )

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        expected = operating.completion_day(row)
        if expected is None or calendar.today(clock.now()) >= expected:
            del self.fields["reason"]
        else:
            self.fields["reason"].help_text = _("竣工の予定日は%(day)sです。理由は監査記録に残ります。") % {
                "day": expected.isoformat()
            }


def _confirm(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.confirm(order=order, actor=operator(request))
    return _("確認中にしました。")


def _arrange(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.arrange(order=order, actor=operator(request))
    return _("工事手配にしました。予定している番号がお客様の画面に表示されます。")


def _finish(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    done = operating.finish(order=order, actor=operator(request))
    return _("工事完了にしました。%(count)s番号が利用開始となり、お客様にお知らせしました。") % {
        "count": f"{len(done.result['numbers']):,}"
    }


def _complete(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.complete(order=order, reason=data.get("reason", ""), actor=operator(request))
    return _("竣工にしました。")


def _give_back(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.give_back(order=order, reason=data["reason"], actor=operator(request))
    return _("差し戻しました。お客様に訂正をお願いするメールを送りました。")


def _cancel(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.cancel(order=order, reason=data["reason"], actor=operator(request))
    return _("お申し込みを取り消しました。")


def _reschedule(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    rescheduling.reschedule(
        order=order, day=data["day"], at=data.get("at", ""), reason=data["reason"], actor=operator(request)
    )
    return _("日程を変更しました。")


def _file(order: Order) -> tuple[str, str] | None:
    """From an order's page to every row that was entered, as a file."""
    if order.procedure != BY_DATE:
        return None
    return _("入力された行の一覧（CSV）"), reverse("admin:numbering_voicecontract_rows", args=[order.pk])


def _step(name: str, title: Any, stage: Stage, run: Any, told: Any, form: type[OperationForm] = NoForm) -> Operation:
    return Operation(
        name, title, _OPERATE, run, form=form, possible=lambda order: may_become(order, stage), text=told
    )  # fmt: skip


OPERATIONS = (
    _step(
        "stage-confirm",
        gettext_lazy("確認中にする"),
        Stage.CONFIRMING,
        _confirm,
        gettext_lazy("内容の確認を始めます。お客様は工事日の前日まで取り消せます。"),
    ),
    _step(
        "stage-arrange",
        gettext_lazy("工事手配にする"),
        Stage.ARRANGED,
        _arrange,
        gettext_lazy("予定している番号がお客様の画面に表示され、お客様からの取消はできなくなります。"),
    ),
    _step(
        "stage-finish",
        gettext_lazy("工事完了にする"),
        Stage.DONE,
        _finish,
        gettext_lazy(
            "番号が利用開始となり、料金が始まり、ネットワークアドレスが変わり、お客様に工事完了通知が届きます。"
            "元に戻せません。"
        ),
    ),
    _step(
        "stage-complete",
        gettext_lazy("竣工にする"),
        Stage.COMPLETED,
        _complete,
        gettext_lazy("この音声契約で、お申し込み直後に開通するお申し込みがまたできるようになります。"),
        CompletionForm,
    ),
    Operation(
        "stage-reschedule",
        gettext_lazy("日程を変更する"),
        _OPERATE,
        _reschedule,
        form=RescheduleForm,
        possible=lambda order: stage_of(order) in BEFORE_DONE,
        text=gettext_lazy(
            "最短納期にかかわらず変更できます。工事のお申し込みでは、お客様に理由とともにお知らせします。"
        ),
    ),
    _step(
        "stage-return",
        gettext_lazy("差し戻す"),
        Stage.RETURNED,
        _give_back,
        gettext_lazy("お客様が訂正して、もう一度申し込みます。番号は確保したままです。"),
        CustomerReasonForm,
    ),
    _step(
        "stage-cancel",
        gettext_lazy("取消にする"),
        Stage.CANCELLED,
        _cancel,
        gettext_lazy("確保した番号は戻り、工事のお申し込みでは、お客様に理由とともにお知らせします。"),
        CustomerReasonForm,
    ),
)
