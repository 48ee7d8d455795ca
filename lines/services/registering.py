"""Lines that have been shipped: they begin unopened; what happens to them then is ordered, or told by the carrier."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lines.models import Line, Plan
from selfcare.accounts.models import Contract, User
from selfcare.staff.services.rows import store


def register_line(*, line: Line, fields: list[str], actor: User) -> None:
    """Register a shipped line, or put right what is known of its shipping. Raises ValidationError.

    Its charges begin when it is opened, not here.
    """
    if line._state.adding:
        if line.contract.kind != Contract.Kind.MOBILE or line.contract.state != Contract.State.ACTIVE:
            raise ValidationError({"contract": _("契約中のモバイルの契約ではありません。")})
        if line.plan and not Plan.objects.filter(code=line.plan).exists():
            raise ValidationError({"plan": _("知らないプランコードです。")})
        line.customer_id = line.contract.customer_id
        line.status = Line.Status.UNOPENED
        fields = [*fields, "customer", "status"]
    store(row=line, fields=fields, actor=actor)
