"""The links that confirm another registered mail address: one to the old address, one to the new."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import User
from selfcare.orders.models import Order


class MailLink(models.Model):
    """One mailed link of an order `contract.mail`. Moments are real time, as with every link."""

    class End(models.TextChoices):
        OLD = "old", _("これまでのメールアドレス")
        NEW = "new", _("新しいメールアドレス")

    order = models.ForeignKey(Order, models.PROTECT, related_name="mail_links", db_index=False)
    end = models.CharField(max_length=3, choices=End)
    email = models.EmailField(_("メールアドレス"))
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("期限"))
    confirmed_at = models.DateTimeField(_("確認日時"), null=True)
    # Who was logged in when the link was confirmed, if anybody: a link proves the mailbox, not the person.
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("登録メールアドレスの確認")
        verbose_name_plural = _("登録メールアドレスの確認")
        default_permissions = ()
        constraints = [
            # Also the look-up of an order's two links.
            models.UniqueConstraint(fields=["order", "end"], name="mail_link_once_per_end"),
            models.CheckConstraint(
                name="mail_link_digest",
                condition=models.Q(token_digest__regex=r"^[0-9a-f]{64}$"),  # noqa: S106 (a pattern)
            ),
        ]

    def __str__(self) -> str:
        return self.email
