"""ご契約者: the customer as the row that procedures about contract data change, and what is registered beside it."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class HolderQuerySet(models.QuerySet["Holder"]):
    def visible_to(self, user: "User") -> "HolderQuerySet":
        return self.filter(pk=user.customer_id) if user.customer_id else self.none()


class Holder(Customer):
    """A customer, fetched through its users, as orders want their subjects."""

    objects: ClassVar[Any] = HolderQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = _("ご契約者")
        default_permissions = ()

    @property
    def customer_id(self) -> int:
        return int(self.pk)

    @property
    def contract(self) -> Contract | None:
        """The oldest active one: its mail address and its contact stand on orders about the customer."""
        active = Contract.objects.active().filter(customer_id=self.pk).select_related("customer")
        return active.order_by("started_on", "pk").first()


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: "User") -> "ContactQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class Contact(models.Model):
    """The telephone number and the person that a customer is reached by; none until they have been registered."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="contact", verbose_name=_("契約者")
    )
    # Digits; formatted for the page.
    phone = models.CharField(_("連絡先電話番号"), max_length=15, blank=True)
    person = models.CharField(_("ご担当者名"), max_length=80, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("連絡先")
        verbose_name_plural = _("連絡先")
        constraints = [
            models.CheckConstraint(name="contact_phone_digits", condition=models.Q(phone__regex=r"^(0[0-9]{9,10})?$")),
        ]

    def __str__(self) -> str:
        return self.phone
