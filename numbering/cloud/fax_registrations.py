"""What the portal shows and runs of クラウドFAX: menu, sources, the gateway's events, documents, mails, words."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from numbering.cloud.models import FaxReceived, FaxSent
from numbering.cloud.services import fax_mails, fax_receiving, fax_sending
from selfcare.accounts import viewing
from selfcare.accounts.trail import SERVICES, Field, tell
from selfcare.documents import holders, kinds
from selfcare.outside import callbacks
from selfcare.shell import menu
from selfcare.work import attachments, sources


def register() -> None:
    menu.register(menu.SERVICES, _("クラウドFAX"), "cloud:fax", function="cloud.fax", order=56)
    viewing.refuse_files("cloud:fax_file")
    for service in (fax_sending, fax_receiving):
        sources.register(service.SOURCE, run=service.run, waiting=service.waiting, queue="outside")
    callbacks.register("fax", fax_receiving.hear)
    for template in (fax_mails.RECEIVED, fax_mails.FORWARDED):
        attachments.register(template, fax_mails.load)
    kinds.register(fax_sending.KIND, _("送信FAX"))
    kinds.register(fax_receiving.KIND, _("受信FAX"))
    # What stands in a fax is secret: operators see to whom and when (numbering/admin/cloud/faxes.py).
    holders.register(
        fax_sending.PREFIX, title=_("クラウドFAX"), page=_page, abandoned=fax_receiving.abandoned, is_secret=True
    )
    number, to = Field(_("FAX番号"), "number"), Field(_("宛先"), "to")
    tell(SERVICES, "fax.queued", _("FAXの送信を受け付けました"), number, to)
    tell(SERVICES, "fax.sent", _("FAXを送信しました"), number, to)
    tell(SERVICES, "fax.failed", _("FAXを送信できませんでした"), number, to)
    sender, by_mail = Field(_("発信元"), "from"), Field(_("転送先"), "to")
    tell(SERVICES, "fax.received", _("FAXを受信しました"), number, sender)
    tell(SERVICES, "fax.forwarded", _("FAXをメールで転送しました"), number, sender, by_mail)
    tell(
        SERVICES,
        "fax.forwarding_changed",
        _("FAXのお知らせ先を変更しました"),
        number,
        Field(_("お知らせのみの宛先"), "addresses"),
        Field(_("PDFを添付する宛先"), "attached"),
    )


def _page(reference: str) -> tuple[str, str] | None:
    """For a document's page: the fax that it is."""
    name = reference[-36:]
    if sent := FaxSent.objects.filter(uuid=name).first():
        return str(sent), reverse("admin:numbering_faxsent_change", args=[sent.pk])
    if received := FaxReceived.objects.filter(uuid=name).first():
        return str(received), reverse("admin:numbering_faxreceived_change", args=[received.pk])
    return None
