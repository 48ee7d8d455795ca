"""What this part adds to others: menu, home, search, documents, the operators' pages."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Customer
from selfcare.documents import holders, kinds
from selfcare.inquiries import keys, shell_entries, staff_panel
from selfcare.inquiries.forms import KIND, PLACES
from selfcare.shell import menu, panels, search, standing
from selfcare.staff import operations
from selfcare.staff import panels as staff_panels

#: Below everything else: what helps with all of it.
SUPPORT = _("サポート")


def register() -> None:
    """Called once, when the portal starts."""
    standing.annotate(shell_entries.ANNOTATION, shell_entries.count_unread)
    menu.register(SUPPORT, _("お問い合わせ"), "inquiries:list", order=10, badge=shell_entries.unread)
    menu.register(SUPPORT, _("よくある質問"), "inquiries:faq", order=20)
    panels.register("inquiries", shell_entries.panel, "inquiries/_panel.html", order=7)
    search.register("inquiries", pgettext_lazy("several", "お問い合わせ"), shell_entries.tickets, order=12)
    search.register("faq", _("よくある質問"), shell_entries.articles, order=200)
    holders.register(
        keys.PREFIX, title=_("お問い合わせ"), page=keys.page_of, abandoned=keys.abandoned,
        # Who answers reads what came with the question.
        opened_with="inquiries.change_inquiry",
    )  # fmt: skip
    for place in PLACES:
        kinds.register(KIND.format(place), _("お問い合わせの添付"))
    staff_panels.register("inquiries", staff_panel.facts, "admin/panels/inquiries.html", order=15)
    operations.register_link(Customer, operations.Link("inquiries.view_inquiry", staff_panel.of_customer))
