"""Form fields that find a customer or a line by what operators have at hand: a partner ID, a telephone number."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.models import Line
from selfcare import phones
from selfcare.accounts.models import Customer


class CustomerField(forms.CharField):
    """A customer by its partner ID, whole."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": gettext_lazy("契約者"),
                "max_length": 40,
                "help_text": gettext_lazy("パートナーIDを、省略せずに入力"),
                **kwargs,
            }
        )

    def clean(self, value: Any) -> Customer:
        typed = super().clean(value)
        found = Customer.objects.filter(partner_id=typed).first()
        if found is None:
            raise forms.ValidationError(_("このパートナーIDの契約者はいません。"))
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.partner_id if isinstance(value, Customer) else value


class LineField(forms.CharField):
    """A line that has not ended, by its telephone number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": gettext_lazy("回線"),
                "max_length": 30,
                "help_text": gettext_lazy("回線電話番号（開通前は仮電話番号）を、省略せずに入力"),
                **kwargs,
            }
        )

    def clean(self, value: Any) -> Line:
        digits = phones.search_digits(super().clean(value))
        found = Line.objects.filter(number=digits).exclude(status=Line.Status.TERMINATED).first() if digits else None
        if found is None:
            raise forms.ValidationError(_("この番号の回線はありません。"))
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Line) else value
