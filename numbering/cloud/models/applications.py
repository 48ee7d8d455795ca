"""Applications for クラウド電話, before and after there is a customer (spec 7.1). Whoever has the link has the page."""

import re
import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare import calendar
from selfcare.accounts.models import Contract, Customer

_CODE = re.compile(r"[Aa]?(?:[0-9]{8})-0*([0-9]{1,18})", re.ASCII)


class ApplicationStage(models.TextChoices):
    """What is written down. From OPENED on the contract's own stage says how far it has got (お試し, 利用中, 解約)."""

    DRAFT = "draft", _("入力中")
    APPLIED = "applied", _("申込")
    REVIEWING = "reviewing", _("審査")
    # Something is missing that the applicant was asked for.
    WANTED = "wanted", _("書類待ち")
    OPENED = "opened", _("開通済み")
    REFUSED = "refused", _("お断り")
    WITHDRAWN = "withdrawn", _("取り下げ")
    # Never finished, and its time over.
    EXPIRED = "expired", _("期限切れ")


#: Sent, and neither opened nor ended.
UNDER_REVIEW = ("applied", "reviewing", "wanted")
#: Ended without a contract.
CLOSED = ("refused", "withdrawn", "expired")
#: What is empty once the data has been erased.
PERSONAL = (
    "name", "kana", "contact_name", "contact_kana", "postal_code", "address", "building", "phone", "mail",
    "site_postal_code", "site_address", "site_building", "port_number", "port_holder", "port_carrier",
    "landline",
)  # fmt: skip


class NumberArea(models.Model):
    """An area that numbers can be chosen of: its code, and of a geographic one where its addresses begin."""

    code = models.CharField(_("市外局番"), max_length=6, primary_key=True)
    name = models.CharField(_("地域"), max_length=60)
    # How addresses in it begin, one in a line ("東京都千代田区"); empty: any address ("050").
    address_starts = models.TextField(_("住所の始まり"), blank=True)
    position = models.PositiveSmallIntegerField(_("表示順"), default=0)
    is_offered = models.BooleanField(_("受付中"), default=True)

    class Meta:
        verbose_name = _("番号の地域")
        verbose_name_plural = pgettext_lazy("several", "番号の地域")
        constraints = [
            models.CheckConstraint(name="number_area_code", condition=Q(code__regex=r"^0[0-9]{1,4}$")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_geographic(self) -> bool:
        return bool(self.address_starts.strip())

    def has(self, address: str) -> bool:
        """Whether an address (prefecture first) lies in the area."""
        starts = [line.strip() for line in self.address_starts.splitlines() if line.strip()]
        return not starts or any(address.startswith(start) for start in starts)


class CloudApplicationQuerySet(models.QuerySet["CloudApplication"]):
    def by_code(self, code: str) -> "CloudApplicationQuerySet":
        """Those with this 申込番号, as people write it: one or none."""
        found = _CODE.fullmatch(code.strip())
        return self.filter(pk=int(found[1])) if found else self.none()


class CloudApplication(models.Model):
    """One application. `basket` is a billing.services Basket as JSON; `shown` what the confirm page said when it was
    sent. Moments are business time; `erase_on` is the first day on which its data is no longer kept.
    """

    class Site(models.TextChoices):
        OWN = "own", _("自社・自宅の建物")
        LEASE = "lease", _("賃貸の事務所・店舗・住居")
        SERVICED = "serviced", _("サービスオフィス・レンタルオフィス（専用の区画あり）")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Of the form that began it: the same form sent twice is the same application.
    form_key = models.UUIDField(unique=True, editable=False)
    stage = models.CharField(_("段階"), max_length=10, choices=ApplicationStage, default=ApplicationStage.DRAFT)
    kind = models.CharField(_("区分"), max_length=10, choices=Customer.Kind, blank=True)
    language = models.CharField(max_length=10, default="ja")

    name = models.CharField(_("お名前・会社名"), max_length=120, blank=True)
    kana = models.CharField(_("フリガナ"), max_length=120, blank=True)
    contact_name = models.CharField(_("ご担当者名"), max_length=80, blank=True)
    contact_kana = models.CharField(_("ご担当者フリガナ"), max_length=80, blank=True)
    postal_code = models.CharField(_("郵便番号"), max_length=8, blank=True)
    address = models.CharField(_("住所"), max_length=200, blank=True)
    building = models.CharField(_("建物名など"), max_length=120, blank=True)
    phone = models.CharField(_("連絡先電話番号"), max_length=15, blank=True)
    mail = models.EmailField(_("メールアドレス"), blank=True)

    basket = models.JSONField(_("お申し込みの内容"), default=dict)
    # A new number: the area it is to be of, and the address that bears it out (empty: the applicant's own).
    area = models.CharField(_("市外局番"), max_length=6, blank=True)
    site_kind = models.CharField(_("ご利用場所"), max_length=10, choices=Site, blank=True)
    site_postal_code = models.CharField(_("ご利用場所の郵便番号"), max_length=8, blank=True)
    site_address = models.CharField(_("ご利用場所の住所"), max_length=200, blank=True)
    site_building = models.CharField(_("ご利用場所の建物名など"), max_length=120, blank=True)
    # A number brought along: digits, carrier, under whose name, and the code of its PortOrigin.
    port_number = models.CharField(_("現在の電話番号"), max_length=15, blank=True)
    port_holder = models.CharField(_("現在の契約者名"), max_length=120, blank=True)
    port_carrier = models.CharField(_("現在の電話会社"), max_length=60, blank=True)
    port_origin = models.CharField(_("番号の種類"), max_length=30, blank=True)
    # The landline that stays where it is, and is forwarded here.
    landline = models.CharField(_("転送元の固定電話"), max_length=15, blank=True)
    agency_code = models.CharField(_("特約店コード"), max_length=20, blank=True)

    shown = models.JSONField(default=dict)
    # Words for the applicant: why it was refused, or what the withdrawal said.
    reason = models.TextField(_("理由"), blank=True)
    created_at = models.DateTimeField(_("入力開始日時"))
    saved_at = models.DateTimeField(_("最終保存日時"))
    submitted_at = models.DateTimeField(_("申込日時"), null=True)
    closed_at = models.DateTimeField(_("終了日時"), null=True)
    erase_on = models.DateField(_("情報の削除予定日"), null=True)
    erased_at = models.DateTimeField(_("情報の削除日時"), null=True)
    # Reminders sent since the applicant was last seen.
    reminders = models.PositiveSmallIntegerField(default=0)
    # The contract it became; and for an application from personal to corporate the one that it came from.
    contract = models.OneToOneField(
        Contract, models.PROTECT, null=True, related_name="cloud_application", verbose_name=_("契約")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="cloud_applications", verbose_name=_("契約者")
    )
    from_contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, related_name="cloud_corporate_applications", verbose_name=_("切替元の契約")
    )

    objects = CloudApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("クラウド電話の申込")
        verbose_name_plural = pgettext_lazy("several", "クラウド電話の申込")
        constraints = [
            models.CheckConstraint(
                name="cloud_application_stage_known", condition=Q(stage__in=ApplicationStage.values)
            ),
            models.CheckConstraint(
                name="cloud_application_opened_iff_contract",
                condition=Q(stage="opened", contract__isnull=False, customer__isnull=False)
                | (~Q(stage="opened") & Q(contract__isnull=True, customer__isnull=True)),
            ),
            models.CheckConstraint(
                name="cloud_application_sent_is_whole",
                condition=~Q(stage__in=["applied", "reviewing", "wanted", "opened"])
                | (
                    Q(submitted_at__isnull=False, erased_at__isnull=True)
                    & Q(kind__in=Customer.Kind.values)
                    & ~Q(mail="")
                ),
            ),
            models.CheckConstraint(
                name="cloud_application_refused_says_why", condition=~Q(stage="refused") | ~Q(reason="")
            ),
            # What ends without a contract says from when on nothing of it is kept.
            models.CheckConstraint(
                name="cloud_application_closed_is_erased",
                condition=~Q(stage__in=CLOSED) | Q(closed_at__isnull=False, erase_on__isnull=False),
            ),
            models.CheckConstraint(
                name="cloud_application_erased_is_empty",
                condition=Q(erased_at__isnull=True) | Q(**dict.fromkeys(PERSONAL, "")),
            ),
            # One corporate application at a time for a personal contract.
            models.UniqueConstraint(
                fields=["from_contract"],
                name="cloud_application_once_from_contract",
                condition=Q(stage__in=["draft", "applied", "reviewing", "wanted", "opened"]),
            ),
        ]
        indexes = [
            # The operators' list: what waits for a review, oldest first.
            models.Index(
                fields=["submitted_at"],
                name="cloud_application_review",
                condition=Q(stage__in=["applied", "reviewing"]),
            ),
            # Reminders and expiry.
            models.Index(
                fields=["saved_at"], name="cloud_application_idle", condition=Q(stage__in=["draft", "wanted"])
            ),
            models.Index(
                fields=["erase_on"],
                name="cloud_application_to_erase",
                condition=Q(stage__in=CLOSED, erased_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """申込番号, the number that applicants and operators talk about: "A20261121-000123"."""
        return f"A{calendar.local(self.created_at):%Y%m%d}-{self.pk:06d}"

    @property
    def holder_key(self) -> str:
        """As whose its documents are kept, see selfcare.documents."""
        return f"cloud_application:{self.uuid}"

    @property
    def is_draft(self) -> bool:
        return self.stage == ApplicationStage.DRAFT

    @property
    def is_under_review(self) -> bool:
        return self.stage in UNDER_REVIEW

    @property
    def is_corporate(self) -> bool:
        return self.kind == Customer.Kind.CORPORATE

    @property
    def place(self) -> tuple[str, str, str]:
        """Postal code, address and building of where the telephone is used."""
        if self.site_address:
            return self.site_postal_code, self.site_address, self.site_building
        return self.postal_code, self.address, self.building

    @property
    def submitted_on(self) -> date | None:
        return calendar.today(self.submitted_at) if self.submitted_at else None
