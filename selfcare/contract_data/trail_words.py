"""Words for what happens to contract data, in the company's audit trail."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts.trail import CONTRACT, Field, choices, tell
from selfcare.contract_data.models import IdentityCase, PostEvent

_REQUEST = Field(_("リクエストID"), "request_id")
_REASON = Field(_("理由"), "reason")
_CONTRACT = Field(_("契約番号"), "contract")
_WORDS = Field(_("お客様へのご案内"), "words")


def register() -> None:
    _identity()
    tell(CONTRACT, "customer.contact_changed", _("連絡先を変更しました"), _REQUEST)
    tell(
        CONTRACT,
        "contract.mail_confirmed",
        _("登録メールアドレスの変更を、メールのリンクで確認しました"),
        Field(_("メールアドレス"), "mail"),
        _REQUEST,
    )
    starts = Field(_("停止日時"), "starts_at")
    tell(CONTRACT, "suspension.booked", _("電話サービスの停止を予約しました"), _CONTRACT, starts, _REASON)
    tell(CONTRACT, "suspension.announced", _("電話サービスの停止をお知らせしました"), _CONTRACT, starts)
    # Without the reasons, which operators write for each other.
    tell(CONTRACT, "suspension.lifted", _("電話サービスの停止を解除しました"), _CONTRACT)
    tell(
        CONTRACT,
        "suspension.provisionally_lifted",
        _("電話サービスの停止を一時的に解除しました"),
        _CONTRACT,
        Field(_("解除の期限"), "until"),
    )


def _identity() -> None:
    tell(CONTRACT, "identity.review", _("住所・名義の変更の書類を受け付けました"), _REQUEST)
    tell(CONTRACT, "identity.wanted", _("住所・名義の変更の書類をもう一度お願いしました"), _REQUEST, _WORDS)
    tell(CONTRACT, "identity.letter", _("住所・名義の変更の確認のお手紙を準備しました"), _REQUEST)
    tell(CONTRACT, "identity.posted", _("住所・名義の変更の確認のお手紙を発送しました"), _REQUEST)
    tell(CONTRACT, "identity.returned", _("住所・名義の変更の確認のお手紙が返送されました"), _REQUEST)
    tell(CONTRACT, "identity.confirmed", _("住所・名義の変更の確認が終わりました"), _REQUEST)
    tell(CONTRACT, "identity.ended", _("住所・名義の変更の手続きが終了しました"), _REQUEST, _WORDS)
    tell(CONTRACT, "identity.code_wrong", _("確認コードの入力に失敗しました"))
    kinds = Field(_("郵便の記録"), "kind", choices(PostEvent.Kind))
    tell(CONTRACT, "identity.post_event", _("確認のお手紙の配達の記録を受け取りました"), kinds, _REASON)
    columns = {column.name: column for column in IdentityCase._meta.fields}
    how = dict(columns["confirmed_by"].flatchoices)
    names = ("name", "kana", "postal_code", "address", "building")
    fields = (Field(columns[name].verbose_name, name) for name in names)
    tell(
        CONTRACT,
        "customer.identity_changed",
        _("契約者の名義・住所を変更しました"),
        *fields,
        Field(_("確認の方法"), "by", choices(how)),
        _REQUEST,
    )
