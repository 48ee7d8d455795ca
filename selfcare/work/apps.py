from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "selfcare.work"
    label = "work"
    verbose_name = _("処理待ち")

    def ready(self) -> None:
        from selfcare.work import grants, heartbeat, jobs, outbox, sources

        post_migrate.connect(grants.grant, sender=self, dispatch_uid="selfcare.grants")

        sources.register("mail.login", run=outbox.deliver_login, waiting=outbox.waiting_login, queue="login")
        sources.register("mail.default", run=outbox.deliver_default, waiting=outbox.waiting_default)
        sources.register("jobs", run=jobs.run_due, waiting=jobs.waiting)
        jobs.job("work.sweep_heartbeats", every=timedelta(hours=1))(lambda row: {"deleted": heartbeat.sweep()})
