"""工事完了 on what has ended since the order: refused with its name, and nothing of it is done."""

import pytest

from billing.models import RecurringCharge
from numbering.dial_in.models import BaseNumber, VoiceContract
from numbering.dial_in.services import operating
from numbering.dial_in.stages import Stage, stage_of
from numbering.models import Assignment, Number
from selfcare.accounts.models import Contract
from selfcare.orders.procedures import NotPossible
from tests.numbering.dial_in import by_date, parts, staging

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PORTED = "0399990001"


@pytest.fixture
def base(clock):
    return staging.base(clock)


def end_contract(base):
    of = base.voice_contract.contract
    Contract.objects.filter(pk=of.pk).update(state=Contract.State.ENDED, ended_on="2026-12-10")
    return f"契約{of.number}は終了"


def end_voice_contract(base):
    VoiceContract.objects.filter(pk=base.voice_contract_id).update(ended_on="2026-12-10")
    return f"音声契約{base.voice_contract.number}は終了"


def end_base(base):
    BaseNumber.objects.filter(pk=base.pk).update(ended_on="2026-12-10")
    return f"基本契約番号{base}は終了"


def arranged(clock, base, *rows):
    order = by_date.place(by_date.draft(base, *rows, date="2026-12-14"))
    return staging.brought(clock, order, Stage.ARRANGED)


@pytest.mark.parametrize("end", [end_contract, end_voice_contract, end_base])
@pytest.mark.parametrize("row", [by_date.new(2), by_date.port(PORTED)], ids=["added", "brought"])
def test_nothing_starts_on_what_has_ended(clock, base, operator, end, row):
    order = arranged(clock, base, row)
    clock.set("2026-12-14 10:00")
    reason = end(base)
    with pytest.raises(NotPossible, match=reason):
        operating.finish(order=order, actor=operator)
    assert stage_of(by_date.fresh(order)) == Stage.ARRANGED
    assert not Assignment.objects.filter(order=order, state="active").exists()
    assert not Number.objects.filter(digits=PORTED).exists()
    assert not RecurringCharge.objects.exists()


def test_another_base_number_that_has_ended_does_not_matter(clock, base, operator):
    other = parts.base(base.voice_contract)
    order = arranged(clock, base, by_date.new(2))
    end_base(other)
    clock.set("2026-12-14 10:00")
    assert stage_of(operating.finish(order=order, actor=operator)) == Stage.DONE
