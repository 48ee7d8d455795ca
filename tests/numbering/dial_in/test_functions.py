"""Additional functions on a number: every combination on either kind, by the page's rules and by the database's."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from numbering.dial_in import functions
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInNumber
from numbering.models import Kind
from tests.numbering.dial_in import parts

SHOWN, TARGET = "0312345678", "0398765432"
#: message box, reject anonymous, reject nuisance, shown number, forward number: all 32.
COMBINATIONS = [
    Functions(box, anonymous, nuisance, SHOWN if shown else "", TARGET if forward else "")
    for box, anonymous, nuisance, shown, forward in product([False, True], repeat=5)
]


def allowed(kind, one):
    """By hand from spec 5.3: a target is what other things exclude, and nothing else excludes anything."""
    if not one.forward_number:
        return True
    return kind == "0abj" and not one.shown_number and not one.message_box


def test_there_are_as_many_allowed_combinations_as_the_rules_leave():
    # 16 without a target on either kind; with one, on 0ABJ only, the two rejections are free.
    assert sum(allowed("0abj", one) for one in COMBINATIONS) == 16 + 4
    assert sum(allowed("050", one) for one in COMBINATIONS) == 16


@pytest.mark.parametrize("kind", ["050", "0abj"])
def test_the_page_refuses_what_does_not_go_together(kind):
    for one in COMBINATIONS:
        found = functions.problems(one, kind=kind)
        assert (not found) is allowed(kind, one), one
        assert all(found.values())


@pytest.mark.parametrize("kind", ["050", "0abj"])
@pytest.mark.django_db(databases=["default", "owner"])
def test_the_database_refuses_the_same(clock, kind):
    (number,) = parts.dial_ins(parts.base(), 1, kind=Kind(kind))
    row = DialInNumber.objects.filter(pk=number.pk)
    nothing = {"message_box": False, "reject_anonymous": False, "reject_nuisance": False}
    for one in COMBINATIONS:
        values = {**nothing, "shown_number": "", "forward_number": "", **one.as_json()}
        if allowed(kind, one):
            assert row.update(**values) == 1
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                row.update(**values)


@pytest.mark.parametrize(
    ("constraint", "kind", "one"),
    [
        ("dial_in_shown_or_forward", "0abj", Functions(shown_number=SHOWN, forward_number=TARGET)),
        ("dial_in_forward_not_050", "050", Functions(forward_number=TARGET)),
        ("dial_in_forward_without_message_box", "0abj", Functions(message_box=True, forward_number=TARGET)),
    ],
)
@pytest.mark.django_db(databases=["default", "owner"])
def test_each_rule_has_a_constraint_of_its_own(clock, constraint, kind, one):
    (number,) = parts.dial_ins(parts.base(), 1, kind=Kind(kind))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        DialInNumber.objects.filter(pk=number.pk).update(**one.as_json())


def test_functions_are_kept_as_what_is_chosen():
    for one in COMBINATIONS:
        assert Functions.from_json(one.as_json()) == one
    assert Functions().as_json() == {}
    assert Functions.from_json(None) == Functions()
    assert Functions(shown_number=SHOWN).has_target
    assert Functions(forward_number=TARGET).has_target
    assert not Functions(message_box=True, reject_anonymous=True, reject_nuisance=True).has_target
