"""Names and reasons that are kept in full width, as the letters and the operators' systems want them."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from selfcare import text


class FullWidthField(forms.CharField):
    """Half width is put right where there is a full-width form; what has none is refused. `most` characters.

    Line breaks are kept only in `lines`, as one character each.
    """

    def __init__(self, *, most: int, lines: bool = False, **kwargs: Any) -> None:
        attrs = kwargs.pop("attrs", {})
        widget = forms.Textarea(attrs={"rows": "4", **attrs}) if lines else forms.TextInput(attrs=attrs)
        super().__init__(widget=widget, **kwargs)
        self.most, self.lines = most, lines

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        parts = typed.splitlines() if self.lines else [typed]
        # Voicing marks of half-width kana are characters of their own: twice as long can still become right.
        wide = [self._one_line(part) for part in parts] if len(typed) <= 2 * self.most else [typed]
        result = "\n".join(wide).strip()
        if len(result) > self.most:
            raise forms.ValidationError(_("%(most)d文字以内で入力してください。") % {"most": self.most})
        return result

    def _one_line(self, typed: str) -> str:
        """One full-width space where there were several, of any kind."""
        wide = "\u3000".join(text.to_fullwidth(typed).split())
        if not text.is_fullwidth(wide):
            raise forms.ValidationError(_("すべて全角で入力してください。全角にできない文字が含まれています。"))
        return wide
