from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinesConfig(AppConfig):
    name = "lines"
    verbose_name = _("モバイル回線")

    def ready(self) -> None:
        from lines import (  # noqa: F401  (some only register their jobs)
            demo,
            following,
            hub,
            items,
            jobs,
            jobs_porting,
            jobs_snapshots,
            reconcile,
            reconcile_porting,
            shell_entries,
            trail_words,
        )
        from lines.figures import figures
        from lines.procedures import (  # noqa: F401  (they register)
            mnp_in,
            mnp_out,
            plan,
            sim_reissue,
            suspension,
            termination,
            voice_options,
        )
        from lines.services import calling, hearing, pins, port_outs
        from lines.services.following_up import SOURCE
        from lines.statements import kinds as statements
        from selfcare.accounts import viewing
        from selfcare.shell import metrics
        from selfcare.work import reconcile as sums
        from selfcare.work import sources

        shell_entries.register()
        trail_words.register()
        viewing.hide("lines:esim-code")
        sources.register(SOURCE, run=following.run, waiting=following.waiting, queue="outside")
        calling.secrets_from(pins.take, pins.answered)
        hearing.listen(port_outs.heard)
        sums.register("carriers", reconcile.check)
        sums.register("porting", reconcile_porting.check)
        metrics.register(figures)
        demo.register()
        items.register()
        statements.register()
