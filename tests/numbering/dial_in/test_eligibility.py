"""Which way numbers can be added: every combination of contract and answers against the table of the spec."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from numbering.dial_in import eligibility
from numbering.dial_in.eligibility import Asked, Facts, Question, Way
from tests.numbering.dial_in import check_table

#: The questions by their places in the table.
PLACES = [
    Question.MEMBERS_NET,
    Question.FIRST_ON_SMART_PBX,
    Question.PORTABILITY,
    Question.CONSTRUCTED,
    Question.TARGETS,
    Question.FIRST_0ABJ,
    Question.OVER_MANY,
    Question.WORKS,
]
UNTIL = date(2026, 12, 8)


def facts_of(service: str, case: dict[str, bool]) -> Facts:
    return Facts(
        service_type=service,
        members_net=case["members"],
        has_0abj=case["has_0abj"],
        least_held=1_000 if case["full"] else 999,
        works_open=case["works"],
        works_until=UNTIL if case["works"] else None,
        wants_0abj=case["wants"],
        portability=case["port"],
        targets=case["targets"],
        over_many=case["over"],
    )


def only_asked(facts: Facts) -> Facts:
    """With the answers to what the page asks, and to nothing else."""
    unasked: dict[str, Any] = {name.value: None for name in Asked if name not in eligibility.questions(facts)}
    return replace(facts, **unasked)


def test_the_table_has_one_row_for_every_combination():
    assert len(check_table.CASES) == 4 * 2**8
    assert all(check_table.row_of(service, case) for service, case in check_table.CASES)


@pytest.mark.parametrize("service", check_table.SERVICES)
def test_every_combination_goes_the_way_of_the_table_for_its_reason(service):
    for of, case in check_table.CASES:
        if of != service:
            continue
        row = check_table.row_of(service, case)
        verdict = eligibility.decide(facts_of(service, case))
        assert verdict.way == row.way, case
        assert row.words in verdict.reasons[0], case
        assert verdict.missing == ()


@pytest.mark.parametrize("service", check_table.SERVICES)
def test_the_trace_asks_in_the_order_of_the_table_and_ends_at_the_first_yes(service):
    for of, case in check_table.CASES:
        if of != service:
            continue
        row = check_table.row_of(service, case)
        verdict = eligibility.decide(facts_of(service, case))
        walked = PLACES[: row.decided_by] if row.decided_by else PLACES
        assert [step.question for step in verdict.trace] == walked, case
        assert [step.answer.value for step in verdict.trace[:-1]] == [False] * (len(walked) - 1)
        assert verdict.trace[-1].answer.value is bool(row.decided_by)
        assert all(step.answer.why and step.source_label for step in verdict.trace)
        assert verdict.decided_by == (walked[-1] if row.decided_by else None)


def test_what_is_not_asked_never_matters():
    for service, case in check_table.CASES:
        facts = facts_of(service, case)
        verdict = eligibility.decide(only_asked(facts))
        assert (verdict.way, verdict.reasons) == (
            eligibility.decide(facts).way,
            eligibility.decide(facts).reasons,
        ), (service, case)
        assert verdict.missing == ()


def test_what_is_asked_can_matter():
    """Of every question there is a customer for whom the answer changes the way or its reason."""
    changed = set()
    for service, case in check_table.CASES:
        facts = facts_of(service, case)
        for name in eligibility.questions(facts):
            contrary: dict[str, Any] = {name.value: not getattr(facts, name)}
            other = replace(facts, **contrary)
            if eligibility.decide(other).reasons != eligibility.decide(facts).reasons:
                changed.add((service, name))
    for service in check_table.SERVICES:
        assert {name for of, name in changed if of == service} == set(Asked)


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        (Facts("universal", has_0abj=True), ["portability", "targets", "over_many"]),
        (Facts("universal"), ["wants_0abj", "portability", "targets", "over_many"]),
        (Facts("wireless", has_0abj=True), ["wants_0abj", "portability", "targets", "over_many"]),
        (Facts("universal", has_0abj=True, least_held=1_000), ["portability", "targets"]),
        (Facts("universal", members_net=True), []),
        (Facts("universal", is_ended=True), []),
    ],
)
def test_only_what_the_contract_does_not_say_is_asked(facts, asked):
    assert [str(name) for name in eligibility.questions(facts)] == asked


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (Facts("smart_pbx"), ["wants_0abj", "portability", "targets", "over_many"]),
        (Facts("smart_pbx", targets=True), ["wants_0abj", "portability"]),
        (Facts("smart_pbx", wants_0abj=True), []),
        (Facts("universal", portability=True), []),
        (Facts("universal", has_0abj=True, portability=False, targets=False), ["over_many"]),
    ],
)
def test_a_verdict_names_the_answers_without_which_it_may_change(facts, missing):
    assert [str(name) for name in eligibility.decide(facts).missing] == missing


def test_works_say_until_when_nothing_opens_at_once():
    facts = Facts(
        "universal",
        has_0abj=True,
        works_open=True,
        works_until=UNTIL,
        portability=False,
        targets=False,
        over_many=False,
    )
    verdict = eligibility.decide(facts)
    assert (verdict.way, verdict.until) == (Way.BY_DATE, UNTIL)
    assert "2026年12月8日(火)" in verdict.reasons[0]
    assert "工事日を指定するお申し込みはできます" in verdict.reasons[0]


def test_works_without_an_opening_date_say_so_without_a_day():
    facts = Facts("universal", has_0abj=True, works_open=True, portability=False, targets=False, over_many=False)
    verdict = eligibility.decide(facts)
    assert verdict.until is None
    assert "竣工するまで" in verdict.reasons[0]


def test_what_needs_construction_anyway_does_not_wait_for_works():
    verdict = eligibility.decide(
        Facts("universal", has_0abj=True, works_open=True, works_until=UNTIL, portability=True)
    )
    assert (verdict.way, verdict.until, verdict.decided_by) == (Way.BY_DATE, None, Question.PORTABILITY)


def test_an_ended_contract_takes_nothing():
    assert eligibility.decide(Facts("universal", is_ended=True, portability=True)).way == Way.ENDED


def test_a_number_brought_to_smart_pbx_is_a_first_geographic_number_too():
    facts = Facts("smart_pbx", wants_0abj=False, portability=True)
    assert eligibility.decide(facts).way == Way.SALES_ONLY
    assert eligibility.decide(replace(facts, has_0abj=True)).way == Way.BY_DATE
