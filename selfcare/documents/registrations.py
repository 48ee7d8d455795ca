"""What the documents add to other parts: the sweep, the sums, the operators' groups, a link on an order's page."""

from datetime import timedelta

from selfcare.documents.services import sweeping
from selfcare.staff import groups
from selfcare.work import jobs, reconcile


def register() -> None:
    jobs.job("documents.sweep", every=timedelta(days=1))(sweeping.sweep)
    reconcile.register("documents", sweeping.lost)
    groups.allow("documents.view_document", groups.SUPPORT, groups.PROVISIONING)
    # They hold what the law makes us ask for: who checks the orders opens them, nobody else.
    groups.allow("documents.open_document", groups.PROVISIONING)
