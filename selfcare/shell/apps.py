from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ShellConfig(AppConfig):
    name = "selfcare.shell"
    label = "shell"
    verbose_name = _("お知らせとメンテナンス")

    def ready(self) -> None:
        from selfcare import checks  # noqa: F401  (importing registers the checks)
        from selfcare.shell import demo, menu, orders, panels, peers, search

        search.register("orders", pgettext_lazy("several", "お申し込み"), orders.find, order=10)
        search.register("batches", pgettext_lazy("several", "一括のお申し込み"), orders.find_batches, order=11)
        menu.register(menu.HISTORY, _("お申し込み履歴"), "orders:history", order=10)
        menu.register(
            menu.HISTORY, _("承認待ち"), "orders:approvals", role="member", order=30, badge=orders.approvals_waiting
        )
        menu.register(menu.ACCOUNT, _("承認ルール"), "approval_rule", role="owner", order=60)
        panels.register("approvals", orders.approvals_panel, "orders/_approvals_panel.html", order=5)
        peers.register_source()
        demo.register()
