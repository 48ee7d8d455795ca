"""What an application says, in rows: on the confirm page, on the applicant's page, and for operators."""

from typing import Any

from django.utils.translation import gettext as _

from billing.services import Start
from numbering.cloud.models import ApplicationStage, CloudApplication, PortOrigin, Stage
from numbering.cloud.services.applications import needs
from selfcare import phones
from selfcare.orders.answers import Row


def rows_of(application: CloudApplication) -> list[Row]:
    """Everything that was typed, as far as it was."""
    rows = [*_who(application), *_number(application)]
    if application.agency_code:
        rows.append(Row(_("特約店コード"), application.agency_code))
    return rows


def _who(application: CloudApplication) -> list[Row]:
    if not application.kind:
        return []
    name = _("会社名") if application.is_corporate else _("お名前")
    rows = [
        Row(_("ご契約の区分"), application.get_kind_display()),
        Row(name, f"{application.name}（{application.kana}）"),
    ]
    if application.is_corporate:
        rows.append(Row(_("ご担当者"), f"{application.contact_name}（{application.contact_kana}）"))
    return [
        *rows,
        Row(_("住所"), _place(application.postal_code, application.address, application.building)),
        Row(_("ご連絡先電話番号"), phones.display(application.phone)),
        Row(_("メールアドレス"), application.mail),
    ]


def _place(postal_code: str, address: str, building: str) -> str:
    return " ".join(part for part in (f"〒{postal_code}" if postal_code else "", address, building) if part)


def _number(application: CloudApplication) -> list[Row]:
    start = application.basket.get("start")
    rows = [Row(_("電話番号"), str(Start(start).label))] if start in Start.values else []
    if needs.is_bringing(application):
        if not application.port_number:
            return rows
        origin = PortOrigin.objects.filter(code=application.port_origin).first()
        return [
            *rows,
            Row(_("移行する電話番号"), phones.display(application.port_number)),
            Row(_("現在の電話会社・契約者名"), f"{application.port_carrier}　{application.port_holder}"),
            Row(_("番号を取得した電話サービス"), str(origin) if origin else application.port_origin),
        ]
    if application.landline and needs.is_receiving(application):
        rows.append(Row(_("転送元の固定電話番号"), phones.display(application.landline)))
    area = needs.area_of(application)
    if area is not None:
        rows.append(Row(_("市外局番"), str(area)))
    if application.site_kind:
        words = application.get_site_kind_display()
        rows.append(Row(_("ご利用場所"), f"{words}\n{_place(*application.place)}"))
    return rows


def way_of(application: CloudApplication) -> list[tuple[Any, str]]:
    """For the bar above the applicant's page: 申込 → 審査 → お試し → 本申込 → 利用中 → 解約."""
    labels = [_("申込"), _("審査"), _("お試し"), _("本申込"), _("利用中")]
    at = _at(application)
    if at == len(labels):
        labels.append(_("解約"))
    return [
        (label, "done" if place < at else "current" if place == at else "todo") for place, label in enumerate(labels)
    ]


def _at(application: CloudApplication) -> int:
    if application.contract_id is None:
        return 0 if application.stage in (ApplicationStage.DRAFT, ApplicationStage.APPLIED) else 1
    cloud = getattr(application.contract, "cloud", None)
    stage = cloud.stage if cloud is not None else Stage.TRIAL
    return {Stage.TRIAL: 2, Stage.ACTIVE: 4, Stage.ENDED: 5}[Stage(stage)]


def stage_of(application: CloudApplication) -> str:
    """One word for it, of the application or of the contract that it became."""
    cloud = getattr(application.contract, "cloud", None) if application.contract_id else None
    return str(cloud.get_stage_display() if cloud is not None else application.get_stage_display())
