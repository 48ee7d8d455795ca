"""What belongs to an application: its documents, its links, what happened to it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.applications import CloudApplication
from selfcare.accounts.models import User
from selfcare.documents.models import Document


class ApplicationDocument(models.Model):
    """A document that the application needs, and how far it has got. `words` say what an operator wants instead."""

    class Kind(models.TextChoices):
        REGISTRY = "registry", _("登記簿謄本（履歴事項全部証明書）")
        COMPANY_ADDRESS = "company_address", _("会社名義の住所確認書類")
        IDENTITY = "identity", _("本人確認書類")
        PLACE = "place", _("ご利用場所の証明書類（賃貸借契約書など）")
        PRESENT_BILL = "present_bill", _("現在の電話会社の請求書・領収書")
        OTHER = "other", _("その他の書類")

    class State(models.TextChoices):
        WANTED = "wanted", _("未提出")
        SENT = "sent", _("確認待ち")
        ACCEPTED = "accepted", _("確認済み")
        AGAIN = "again", _("再提出のお願い")

    application = models.ForeignKey(CloudApplication, models.CASCADE, related_name="documents")
    kind = models.CharField(_("書類"), max_length=20, choices=Kind)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WANTED)
    words = models.TextField(_("お願いの内容"), blank=True)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, related_name="cloud_application", verbose_name=_("ファイル")
    )
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("担当者"))
    decided_at = models.DateTimeField(_("確認日時"), null=True)

    class Meta:
        verbose_name = _("申込の書類")
        verbose_name_plural = pgettext_lazy("several", "申込の書類")
        constraints = [
            models.UniqueConstraint(fields=["application", "kind"], name="application_document_once"),
            models.CheckConstraint(
                name="application_document_there",
                condition=~Q(state__in=["sent", "accepted"]) | Q(document__isnull=False),
            ),
            # Asked for again only in words that say exactly what is missing.
            models.CheckConstraint(
                name="application_document_again_in_words", condition=~Q(state="again") | ~Q(words="")
            ),
            models.CheckConstraint(
                name="application_document_decided",
                condition=~Q(state__in=["accepted", "again"]) | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ApplicationLink(models.Model):
    """One way to an application: the address in the browser that began it, or the link of a mail."""

    application = models.ForeignKey(CloudApplication, models.CASCADE, related_name="links")
    token_digest = models.CharField(max_length=64, unique=True)
    is_mailed = models.BooleanField(_("メールで送信"), default=False)
    # Real time.
    made_at = models.DateTimeField(_("発行日時"))

    class Meta:
        verbose_name = _("申込のリンク")
        verbose_name_plural = pgettext_lazy("several", "申込のリンク")

    def __str__(self) -> str:
        return str(self.application)


class ApplicationEvent(models.Model):
    """One entry of the timeline that the applicant sees. `words` are free text of an operator."""

    class What(models.TextChoices):
        BEGUN = "begun", _("入力を始めました")
        SENT = "sent", _("お申し込みを受け付けました")
        REVIEW = "review", _("審査を始めました")
        DOCUMENT = "document", _("書類を受け取りました")
        ACCEPTED = "accepted", _("書類を確認しました")
        AGAIN = "again", _("書類の再提出をお願いしました")
        AGENCY = "agency", _("特約店コードを登録しました")
        PAYMENT = "payment", _("お支払い方法を登録しました")
        OPENED = "opened", _("お申し込みが完了しました")
        REFUSED = "refused", _("お申し込みをお断りしました")
        WITHDRAWN = "withdrawn", _("お申し込みを取り下げました")
        EXPIRED = "expired", _("期限が過ぎたため終了しました")
        ERASED = "erased", _("入力された情報と書類を削除しました")

    application = models.ForeignKey(CloudApplication, models.CASCADE, related_name="events")
    what = models.CharField(_("内容"), max_length=12, choices=What)
    words = models.TextField(_("説明"), blank=True)
    at = models.DateTimeField(_("日時"))
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("担当者"))

    class Meta:
        verbose_name = _("申込の経過")
        verbose_name_plural = pgettext_lazy("several", "申込の経過")
        indexes = [
            models.Index(fields=["application", "at", "id"], name="application_timeline"),
        ]

    def __str__(self) -> str:
        return self.get_what_display()
