"""What その他ご確認事項 asks: the network addresses of the site, and what the law on criminal proceeds wants to know.

The forms check shapes; what does not go together with what is registered is `numbering.dial_in.networks`.
"""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from numbering.dial_in import networks
from numbering.dial_in.forms.full_width import FullWidthField
from numbering.dial_in.models import SiteNetwork
from numbering.dial_in.services.wishes import LEGAL_DOCUMENT
from selfcare.documents.forms import DocumentField
from selfcare.documents.models import Document

#: Rows of networks on one page.
MOST_NETWORKS = 50
#: Rows that stand empty on a page without any.
_EMPTY = 1


class NetworkForm(forms.Form):
    """One network to add. Cleaned: `network`, None for an empty row."""

    address = forms.CharField(
        label=gettext_lazy("ネットワークアドレス"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "size": "20"}
        ),
    )
    prefix = forms.CharField(  # type: ignore[assignment]  # a declared field is no attribute of the form
        label=gettext_lazy("プレフィックス長"),
        required=False,
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "size": "4"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        address, prefix = cleaned.get("address", ""), cleaned.get("prefix", "")
        cleaned["network"] = None
        if not self.errors and (address or prefix):
            try:
                cleaned["network"] = networks.parse(address, prefix)
            except networks.Refused as refused:
                self.add_error(refused.field, str(refused))
        return cleaned


class Networks:
    """The block of network addresses: those to add, row by row, and which of the registered ones to delete."""

    def __init__(
        self,
        *,
        registered: Sequence[SiteNetwork],
        typed: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """`typed`: what was posted (a QueryDict); otherwise `initial` of the order: {"add": [...], "delete": [...]}."""
        self.registered = list(registered)
        kept = initial or {}
        rows = _typed_rows(typed) if typed is not None else _kept_rows(kept)
        self.rows = rows or [{"address": "", "prefix": ""}] * _EMPTY
        wanted = typed.getlist("network-delete") if typed is not None else map(str, kept.get("delete", []))  # type: ignore[attr-defined]
        self.deleted = {str(one.pk) for one in self.registered} & set(wanted)
        self.is_bound = typed is not None
        self.problem = ""
        self.forms = self._forms(bound=False)

    def _forms(self, *, bound: bool) -> list[NetworkForm]:
        return [
            NetworkForm({f"network-{i}-{name}": value for name, value in row.items()}, prefix=f"network-{i}")
            if bound
            else NetworkForm(initial=row, prefix=f"network-{i}")
            for i, row in enumerate(self.rows)
        ]

    def add_row(self) -> None:
        if len(self.rows) < MOST_NETWORKS:
            self.rows = [*self.rows, {"address": "", "prefix": ""}]
            self.forms = self._forms(bound=False)

    def drop_row(self, number: int) -> None:
        rows = [row for i, row in enumerate(self.rows) if i != number]
        self.rows = rows or [{"address": "", "prefix": ""}]
        self.forms = self._forms(bound=False)

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= MOST_NETWORKS

    def is_valid(self) -> bool:
        self.forms = self._forms(bound=True)
        # Each is asked, so that every row says what is wrong with it.
        good = [form.is_valid() for form in self.forms]
        return all(good)

    @property
    def adding(self) -> list[IPv4Network]:
        """Of a valid block."""
        return [network for _form, network in self._wished()]

    @property
    def delete_ids(self) -> list[int]:
        return [one.pk for one in self.registered if str(one.pk) in self.deleted]

    def as_json(self) -> dict[str, Any]:
        """As the order's data keep it."""
        return {"add": [str(network) for network in self.adding], "delete": self.delete_ids}

    def _wished(self) -> list[tuple[NetworkForm, IPv4Network]]:
        return [(form, form.cleaned_data["network"]) for form in self.forms if form.cleaned_data.get("network")]

    def fits(self, *, kept: Mapping[int, IPv4Network]) -> bool:
        """Whether a block of good rows goes together with what there is (by id), of which one must be left.

        Says beside each row what does not.
        """
        found = networks.problems(
            adding=self.adding,
            deleting=self.delete_ids,
            registered=kept,
            needs_one=True,
        )
        for place, (form, _network) in enumerate(self._wished()):
            if place in found.adding:
                form.add_error("address", found.adding[place])
        self.problem = found.whole
        return not found


def _typed_rows(typed: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows posted, in order, however many the page says there were."""
    found = {
        int(match[1]) for name in typed if (match := re.fullmatch(r"network-([0-9]{1,3})-(?:address|prefix)", name))
    }
    return [
        {name: str(typed.get(f"network-{i}-{name}", "")) for name in ("address", "prefix")}
        for i in sorted(found)[:MOST_NETWORKS]
    ]


def _kept_rows(kept: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for network in kept.get("add", []):
        address, _slash, prefix = str(network).partition("/")
        rows.append({"address": address, "prefix": prefix})
    return rows


class MandatoryDocument(DocumentField):
    """A file that must be there in the end; the stored one can still be taken away, and is then missing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.is_required = False

    def clean(self, data: Any, initial: Any = None) -> Any:
        return False if data is False else super().clean(data, initial)


class LegalForm(forms.Form):
    """取引時確認: who confirms, the record that is sent along, and to whom the letter about the use goes.

    After `keep_documents` ask `has_all`: a file that was taken away is missing.
    """

    changed = forms.TypedChoiceField(
        label=gettext_lazy("取引確認内容の変更有無"),
        help_text=gettext_lazy("前回の取引時確認から、名称・所在地・事業内容・代表者などに変更があるかどうかです。"),
        choices=[("no", gettext_lazy("変更なし")), ("yes", gettext_lazy("変更あり"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("変更の有無を選んでください。")},
    )
    person = FullWidthField(
        label=gettext_lazy("取引担当者名"),
        help_text=gettext_lazy("全角20文字以内。"),
        most=20,
        attrs={"autocomplete": "name"},
        error_messages={"required": gettext_lazy("取引担当者名を入力してください。")},
    )
    document = MandatoryDocument(
        label=gettext_lazy("取引時確認記録登録申込書"),
        kind=LEGAL_DOCUMENT,
        error_messages={"required": gettext_lazy("取引時確認記録登録申込書のファイルを選んでください。")},
    )
    department = FullWidthField(
        label=gettext_lazy("送付先部署名"),
        help_text=gettext_lazy("全角40文字以内。"),
        most=40,
        attrs={"autocomplete": "off"},
        error_messages={"required": gettext_lazy("送付先部署名を入力してください。")},
    )
    recipient = FullWidthField(
        label=gettext_lazy("送付先担当者名"),
        help_text=gettext_lazy("全角20文字以内。"),
        most=20,
        attrs={"autocomplete": "off"},
        error_messages={"required": gettext_lazy("送付先担当者名を入力してください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kept = kwargs.get("initial") or {}
        if isinstance(kept.get("changed"), bool):
            kwargs["initial"] = {**kept, "changed": "yes" if kept["changed"] else "no"}
        super().__init__(*args, **kwargs)

    def has_all(self) -> bool:
        """Whether it is good as it stands after the file has been kept or taken away."""
        if not self.errors.get("document") and not isinstance(self.cleaned_data.get("document"), Document):
            self.add_error("document", self.fields["document"].error_messages["required"])
        return not self.errors
