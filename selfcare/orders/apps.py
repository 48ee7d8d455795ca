from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class OrdersConfig(AppConfig):
    name = "selfcare.orders"
    label = "orders"
    verbose_name = pgettext_lazy("several", "お申し込み")

    def ready(self) -> None:
        from selfcare import clock
        from selfcare.orders import demo, due, outside, reconcile, trail_words
        from selfcare.orders.services import approving, approving_batches, good_rows, hours, taking
        from selfcare.orders.services.ending import expire_drafts
        from selfcare.work import jobs, sources
        from selfcare.work import reconcile as sums

        sources.register(
            "orders.local",
            run=due.run_local,
            waiting=lambda seconds: due.overdue_local(clock.now() - timedelta(seconds=seconds)),
        )
        sources.register(good_rows.SOURCE, run=taking.run, waiting=taking.waiting)
        sources.register("orders.outside", run=outside.run_outside, waiting=outside.overdue_outside, queue="outside")
        sums.register("orders", reconcile.check)
        jobs.job("orders.expire_drafts", every=timedelta(minutes=5))(lambda row: {"expired": expire_drafts()})
        jobs.job("orders.expire_requests", every=timedelta(minutes=5))(
            lambda row: {"orders": approving.expire_requests(), "batches": approving_batches.expire_requests()}
        )
        trail_words.register()
        demo.register()
        post_migrate.connect(hours.set_first, sender=self, dispatch_uid="orders.hours")
