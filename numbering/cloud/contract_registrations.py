"""What the portal shows and runs of the contracts' way: menu, home, search, reminders."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from numbering.cloud import shell
from numbering.cloud.services import agreeing, trials
from selfcare import clock
from selfcare.accounts.trail import CONTRACT, Field, tell
from selfcare.contract_data import finding
from selfcare.shell import menu, panels, search
from selfcare.work import jobs, reconcile


def register() -> None:
    menu.register(menu.SERVICES, _("クラウド電話 ご契約内容"), "cloud:contracts", function="cloud.numbers", order=60)
    panels.register("cloud", shell.panel, "numbering/cloud/_panel.html", order=25)
    search.register("cloud", _("クラウド電話"), shell.hits)
    finding.register_words("applications", shell.contracts_applied_for)
    jobs.job("cloud.remind", every=timedelta(hours=1))(lambda row: {"reminded": trials.remind(clock.now())})
    reconcile.register("cloud phones", agreeing.differences)
    _tell_trail()


def _tell_trail() -> None:
    """Words for what happens to contracts beside orders."""
    contract = Field(_("契約番号"), "contract")
    tell(CONTRACT, "cloudcontract.opened", _("クラウド電話の契約を開始しました"), contract)
    tell(
        CONTRACT,
        "cloudcontract.settled",
        _("クラウド電話の本申込が完了しました"),
        contract,
        Field(_("本申込日"), "settled_on"),
    )
    tell(CONTRACT, "cloudcontract.ended", _("クラウド電話が解約されました"), contract, Field(_("解約日"), "last_day"))
    code = Field(_("特約店コード"), "agency_code")
    tell(CONTRACT, "cloudcontract.agency_code_entered", _("特約店コードを登録しました"), code)
    number = Field(_("電話番号"), "number")
    tell(CONTRACT, "cloudportin.moved", _("番号ポータビリティの手続きが進みました"), number)
    device = Field(_("機器番号"), "equipment")
    slip = Field(_("伝票番号"), "tracking_number")
    tell(CONTRACT, "equipment.moved", _("機器の発送状況が変わりました"), device, slip)
