"""The last forms of an application: documents, the confirmation; and the agency's code."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.forms.addresses import PlainField
from numbering.cloud.models import ApplicationDocument, CloudApplication
from numbering.cloud.services.applications import papers
from selfcare import text
from selfcare.accounts.address_forms import AddressField
from selfcare.documents.forms import DocumentField
from selfcare.shell.uploads import TooLargeFile

#: Characters of a 特約店コード.
LONGEST_CODE = 20


def clean_agency(typed: str) -> str:
    """特約店コード as it is printed: letters, digits, hyphens. Raises ValidationError."""
    code = text.normalize_identifier(typed).upper()
    if not all(c.isascii() and (c.isalnum() or c == "-") for c in code):
        raise forms.ValidationError(_("特約店コードは、英数字とハイフンで入力してください。"))
    if len(code) > LONGEST_CODE:
        # Of one sign several letters may have become (㎏).
        words = _("特約店コードは、%(most)d文字までで入力してください。")
        raise forms.ValidationError(words % {"most": LONGEST_CODE})
    return code


class AgencyField(PlainField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_CODE, attrs={"size": "14", "autocapitalize": "characters"}, **kwargs)

    def clean(self, value: Any) -> str:
        return clean_agency(super().clean(value))


class PaperField(DocumentField):
    """Needed before the application is sent, but not with every post: what is there now is stored."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        if not data and not initial and not isinstance(data, TooLargeFile):
            return None
        return super().clean(data, initial)


class PapersForm(forms.Form):
    """A field for each document that can be sent now; the kind is the field's name."""

    def __init__(self, *args: Any, application: CloudApplication, **kwargs: Any) -> None:
        rows = application.documents.select_related("document").order_by("pk")
        self.rows = {row.kind: row for row in rows if papers.can_send(application, row)}
        kwargs["initial"] = {kind: row.document for kind, row in self.rows.items()}
        super().__init__(*args, **kwargs)
        for kind, row in self.rows.items():
            field = PaperField(kind=papers.kind_of(row), label=row.get_kind_display())
            field.help_text = _help(row)
            self.fields[kind] = field


def _help(row: ApplicationDocument) -> str:
    kinds = ApplicationDocument.Kind
    said = {
        kinds.REGISTRY: _("発行から3か月以内のもの。全ページ。"),
        kinds.COMPANY_ADDRESS: _("会社名と住所の入った公共料金の請求書、納税証明書など。発行から3か月以内のもの。"),
        kinds.IDENTITY: _("運転免許証（両面）、マイナンバーカード（表面のみ）、在留カード（両面）など。"),
        kinds.PLACE: _(
            "賃貸借契約書、登記事項証明書、サービスオフィスの利用契約書など。バーチャルオフィスの契約書は使えません。"
        ),
        kinds.PRESENT_BILL: _("契約者名と電話番号の入ったもの。"),
    }.get(kinds(row.kind), "")
    limits = _("PDF・JPEG・PNGなど、1ファイル10MBまで。複数あるときは、パスワードなしの1つのZIPにまとめてください。")
    return f"{said} {limits}".strip()


class ConfirmForm(forms.Form):
    agree_terms = forms.BooleanField(
        label=gettext_lazy("契約約款と重要事項説明を読み、同意します"),
        error_messages={"required": gettext_lazy("同意のうえ、お申し込みください。")},
    )
    agree_use = forms.BooleanField(error_messages={"required": gettext_lazy("内容をご確認のうえ、選んでください。")})

    def __init__(self, *args: Any, application: CloudApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree_use"].label = (
            _("法人の業務で利用し、従業員など利用する人の管理は自社で行います")
            if application.is_corporate
            else _("ご契約者本人だけが利用し、ほかの人に使わせません")
        )

    @property
    def agreed(self) -> list[str]:
        return [str(field.label) for field in self.fields.values()]


class AgencyForm(forms.Form):
    agency_code = AgencyField(
        label=gettext_lazy("特約店コード"),
        needed=gettext_lazy("特約店コードを入力してください。"),
        help_text=gettext_lazy("一度登録すると、変更できません。"),
    )


class LinkForm(forms.Form):
    mail = AddressField(label=gettext_lazy("お申し込みのときのメールアドレス"))
