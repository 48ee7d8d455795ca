"""The PDFs of bills: what was issued, and is served ever after."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.bills import Bill


class InvoiceFile(models.Model):
    """One PDF of a bill: the original, or a reissue (再発行), which says so. Insert-only for the application."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="invoice_files", db_index=False, verbose_name=_("請求"))
    # 0 is the original, 1 the first reissue.
    revision = models.PositiveSmallIntegerField(_("再発行の回数"), default=0)
    # Its name in the storage "statements": random, nothing of whose it is.
    stored = models.CharField(max_length=60, unique=True, editable=False)
    sha256 = models.CharField(_("ハッシュ値（SHA-256）"), max_length=64)
    size = models.PositiveIntegerField(_("サイズ（バイト）"))
    pages = models.PositiveIntegerField(_("ページ数"))
    # Why it was issued again.
    reason = models.CharField(_("再発行の理由"), max_length=400, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("再発行者"),
    )
    # Real time.
    rendered_at = models.DateTimeField(_("作成日時"), db_default=Now())

    class Meta:
        verbose_name = _("請求書のファイル")
        verbose_name_plural = pgettext_lazy("several", "請求書のファイル")
        constraints = [
            # The first one stored is the one, whoever renders beside it; also how it is found.
            models.UniqueConstraint(fields=["bill", "revision"], name="invoice_file_once"),
            models.CheckConstraint(name="invoice_file_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(name="invoice_file_has_content", condition=Q(size__gt=0, pages__gt=0)),
            # The one text that becomes a path.
            models.CheckConstraint(
                name="invoice_file_stored_random",
                condition=Q(stored__regex=r"^invoices/[0-9a-f]{2}/[0-9a-f]{32}\.pdf$"),
            ),
            # Somebody answers for a reissue, and says why.
            models.CheckConstraint(
                name="invoice_file_reissued_by_somebody",
                condition=Q(revision=0, reason="", made_by__isnull=True)
                | (Q(revision__gt=0, made_by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.revision}"
