"""Files that customers send along, with an order or with what a holder is (holders.py).

The file lies in the storage `documents`, the row says what it is.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Customer, User
from selfcare.documents.filetypes import CONTENT_TYPES
from selfcare.documents.holders import KEY_PATTERN
from selfcare.orders.models import Order


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User) -> "DocumentQuerySet":
        """What a user of the customer may know of (names and sizes); the content is for operators only."""
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def of(self, order: Order, kind: str = "") -> "DocumentQuerySet":
        """An order's documents, of one kind or of all, oldest first."""
        found = self.filter(order=order).order_by("pk")
        return found.filter(kind=kind) if kind else found

    def held_by(self, key: str, kind: str = "") -> "DocumentQuerySet":
        """A holder's documents, of one kind or of all, oldest first."""
        found = self.filter(holder=key).order_by("pk")
        return found.filter(kind=kind) if kind else found


class Document(models.Model):
    """One file, as it was inspected when it came. `uploaded_at` is business time."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # None: whoever sent it has no account yet (a holder says who it is).
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="documents", db_index=False, verbose_name=_("契約者")
    )
    # Orders are kept; whoever wants to delete one has to remove its files first.
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="documents", verbose_name=_("お申し込み"))
    # Where there is no order: "inquiry:12-0192…", see holders.py.
    holder = models.CharField(_("添付先"), max_length=100, default="", editable=False)
    # What it is for, in the words of its procedure: "numbering.dial_in.legal".
    kind = models.CharField(_("種類"), max_length=60)
    name = models.CharField(_("ファイル名"), max_length=120)
    content_type = models.CharField(_("形式"), max_length=100)
    size = models.PositiveIntegerField(_("サイズ"))
    sha256 = models.CharField(_("ハッシュ値（SHA-256）"), max_length=64)
    # Its name in the storage: random, nothing of what the customer called it.
    stored = models.CharField(max_length=40, unique=True, editable=False)
    has_macros = models.BooleanField(_("マクロ"), default=False)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("送信者")
    )
    uploaded_at = models.DateTimeField(_("受信日時"))

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("添付書類")
        verbose_name_plural = pgettext_lazy("several", "添付書類")
        permissions = [("open_document", _("添付書類を開く"))]
        constraints = [
            # It belongs to one thing, which decides whether it can still be changed.
            models.CheckConstraint(
                name="document_order_or_holder",
                condition=models.Q(order__isnull=False, holder="")
                | models.Q(order__isnull=True, holder__regex=KEY_PATTERN),
            ),
            # Orders are of customers and typed in by users: only a holder's sender may be without an account.
            models.CheckConstraint(
                name="document_of_order_by_somebody",
                condition=models.Q(order__isnull=True) | models.Q(customer__isnull=False, uploaded_by__isnull=False),
            ),
            # What is served is one of the types that are inspected.
            models.CheckConstraint(
                name="document_type_known", condition=models.Q(content_type__in=sorted(set(CONTENT_TYPES.values())))
            ),
            models.CheckConstraint(name="document_not_empty", condition=models.Q(size__gt=0)),
            models.CheckConstraint(name="document_sha256", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")),
            # The one text that becomes a path.
            models.CheckConstraint(
                name="document_stored_random", condition=models.Q(stored__regex=r"^[0-9a-f]{2}/[0-9a-f]{32}$")
            ),
            # The one text that becomes a header: a file name, no path, nothing that cannot be seen.
            models.CheckConstraint(
                name="document_name_clean", condition=models.Q(name__regex=r"^[^/\\[:cntrl:]]+\.[a-z]{3,4}$")
            ),
        ]
        indexes = [
            # What a customer has sent since yesterday, for its limit; a customer's files in the operators' list.
            models.Index(fields=["customer", "-uploaded_at"], name="document_of_customer"),
            # What one holder has; also by the beginning of its key, for the sweep.
            models.Index(fields=["holder"], name="document_of_holder", opclasses=["varchar_pattern_ops"]),
            # The operators' list, newest first, by kind.
            models.Index(fields=["kind", "-id"], name="document_of_kind"),
        ]

    def __str__(self) -> str:
        return self.name
