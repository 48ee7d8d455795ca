"""Publishing and withdrawing reflection times; what has begun the database keeps from the application."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from numbering.models import Timetable, TimetableEntry
from numbering.services import timetables
from numbering.services.timetables import TimetableError, publish, withdraw
from selfcare.accounts.models import AuditEvent
from selfcare.calendar import Slot, SlotError, Slots
from tests.numbering.help import at

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: The test's clock stands at 20 November 2026.
TODAY, TOMORROW = date(2026, 11, 20), date(2026, 11, 21)
HALVES = (Slot(0, 725), Slot(720, 1500))


def published_b2bua() -> Timetable:
    return Timetable.objects.get(service="b2bua", valid_from__lt=TODAY)


def test_a_new_timetable_holds_from_its_day_and_the_old_one_until_then(clock, operator):
    before = timetables.load()
    made = publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator)
    after = timetables.load()
    last_second = at("2026-11-20 23:59:59.999999")
    assert after.reflected_at("b2bua", last_second) == before.reflected_at("b2bua", last_second)
    assert after.reflected_at("b2bua", at("2026-11-21 00:00")) == at("2026-11-21 12:05")
    assert after.intervals("b2bua", at("2026-11-21 09:00")) == [(0, 720, 725), (720, 1440, 1500)]
    assert after.on("b2bua_opengate", TOMORROW) == before.on("b2bua_opengate", TOMORROW)
    event = AuditEvent.objects.about("timetable", made.pk).get()
    assert (event.action, event.actor_name) == ("timetable.published", operator.selfcare_id)
    assert event.detail == {"service": "b2bua", "valid_from": "2026-11-21", "entries": [[0, 725], [720, 1500]]}


def test_one_without_entries_is_at_once(clock, operator):
    publish(service="b2bua", valid_from=TOMORROW, entries=(), actor=operator)
    tables = timetables.load(["b2bua"])
    assert tables.at_once("b2bua", at("2026-11-21 00:00"))
    assert not tables.at_once("b2bua", at("2026-11-20 23:59"))


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([(1, 1440)], (0, "starts")),
        ([(-1, 1440)], (0, "starts")),
        ([(0, 60), (60, 1440), (60, 1440)], (2, "starts")),
        ([(0, 600), (60, 1440), (30, 1440)], (2, "starts")),
        ([(0, 1440), (1440, 1500)], (1, "starts")),
        ([(0, 1439)], (0, "reflected")),
        ([(0, 59), (60, 1440)], (0, "reflected")),
        ([(0, 60), (60, 0)], (1, "reflected")),
        ([(0, 2880)], (0, "reflected")),
    ],
)
def test_entries_that_make_no_timetable_are_refused_at_their_place(clock, operator, entries, wrong):
    with pytest.raises(SlotError) as refused:
        publish(service="b2bua", valid_from=TOMORROW, entries=[Slot(*entry) for entry in entries], actor=operator)
    assert (refused.value.index, refused.value.field) == wrong
    assert not Timetable.objects.filter(valid_from__gte=TODAY).exists()


def test_the_smallest_and_the_latest_reflection_are_taken():
    assert Slots((Slot(0, 60), Slot(60, 1440))).intervals() == [(0, 60, 60), (60, 1440, 1440)]
    assert Slots((Slot(0, 2879),)).reflected_at(at("2026-12-31 12:00")) == at("2027-01-01 23:59")


@pytest.mark.parametrize("day", [TODAY, date(2026, 11, 19), date(1999, 1, 1)])
def test_nothing_is_published_for_today_or_earlier(clock, operator, day):
    with pytest.raises(TimetableError, match="明日以降"):
        publish(service="b2bua", valid_from=day, entries=HALVES, actor=operator)


def test_nothing_is_published_twice_for_a_day_or_for_no_service(clock, operator):
    publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator)
    with pytest.raises(TimetableError, match="同じ日"):
        publish(service="b2bua", valid_from=TOMORROW, entries=(), actor=operator)
    with pytest.raises(TimetableError, match="サービス"):
        publish(service="docomo", valid_from=TOMORROW, entries=HALVES, actor=operator)
    assert TimetableEntry.objects.filter(timetable__valid_from=TOMORROW).count() == 2
    assert AuditEvent.objects.filter(action="timetable.published").count() == 1


def test_midnight_between_the_check_and_the_insert_is_seen_by_the_database(clock, operator):
    class Day(date):
        def __le__(self, other: date) -> bool:
            clock.set("2026-11-21 00:00")
            return False

    with pytest.raises(TimetableError, match="明日以降"):
        publish(service="b2bua", valid_from=Day(2026, 11, 21), entries=HALVES, actor=operator)
    assert not AuditEvent.objects.filter(action="timetable.published").exists()


def test_what_has_not_begun_can_be_withdrawn_once(clock, operator):
    made = publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator)
    withdraw(timetable=made, actor=operator)
    assert list(timetables.load().versions["b2bua"]) == [(date(2000, 1, 1), timetables.slots_of(published_b2bua()))]
    assert AuditEvent.objects.get(action="timetable.withdrawn").detail["entries"] == [[0, 725], [720, 1500]]
    made.pk = AuditEvent.objects.get(action="timetable.withdrawn").object_id
    with pytest.raises(TimetableError, match="取り下げられています"):
        withdraw(timetable=made, actor=operator)


def test_what_has_begun_cannot_be_withdrawn(clock, operator):
    made = publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator)
    clock.set("2026-11-21 00:00")
    for begun in (made, published_b2bua()):
        with pytest.raises(TimetableError, match="すでに適用"):
            withdraw(timetable=begun, actor=operator)
    assert TimetableEntry.objects.filter(timetable=made).count() == 2


#: What the application may do to no timetable of today or earlier; `{b2bua}` is the one in force.
FORBIDDEN = [
    "INSERT INTO numbering_timetable (service, valid_from, created_at) VALUES ('b2bua', '2026-11-20', now())",
    "INSERT INTO numbering_timetable (service, valid_from, created_at) VALUES ('b2bua', '1990-01-01', now())",
    "UPDATE numbering_timetable SET valid_from = '2027-01-01' WHERE id = {b2bua}",
    "UPDATE numbering_timetable SET valid_from = '2026-01-01' WHERE id = {coming}",
    "DELETE FROM numbering_timetableentry WHERE timetable_id = {b2bua}",
    "UPDATE numbering_timetableentry SET reflected = 1079 WHERE timetable_id = {b2bua} AND starts = 120",
    "UPDATE numbering_timetableentry SET timetable_id = {coming} WHERE timetable_id = {b2bua} AND starts = 120",
    "UPDATE numbering_timetableentry SET timetable_id = {b2bua} WHERE timetable_id = {coming} AND starts = 720",
    "INSERT INTO numbering_timetableentry (timetable_id, starts, reflected) VALUES ({b2bua}, 30, 90)",
    "DELETE FROM numbering_timetable WHERE id = {empty}",
]
TRIGGERS = (("numbering_timetable", "timetable_in_force"), ("numbering_timetableentry", "timetable_entry_in_force"),
            ("numbering_timetableentry", "timetable_whole"))  # fmt: skip


def switch(word: str) -> None:
    with connections["owner"].cursor() as cursor:
        for table, trigger in TRIGGERS:
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER {trigger}")


def refused(statements: list[str]) -> list[str]:
    """Which of them the database refuses, by the constraint it names; nothing of the others stays."""
    names = []
    for statement in statements:
        with transaction.atomic():
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except IntegrityError as error:
                names.append(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
            transaction.set_rollback(True)
    return names


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_database_keeps_what_is_in_force(clock, operator):
    coming = publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator)
    ids = {"b2bua": published_b2bua().pk, "coming": coming.pk, "empty": Timetable.objects.get(service="standard").pk}
    statements = [statement.format(**ids) for statement in FORBIDDEN]
    names = refused(statements)
    assert len(names) == len(statements)
    assert set(names) == {"timetable_in_force", "timetable_entry_in_force"}
    # What has not begun is the application's own.
    coming_entries = f"FROM numbering_timetableentry WHERE timetable_id = {coming.pk}"
    assert refused([f"DELETE {coming_entries}", "UPDATE numbering_timetable SET valid_from = '2026-12-01'"
                    f" WHERE id = {coming.pk}"]) == []  # fmt: skip
    # The control: without the triggers every one of them goes through.
    switch("DISABLE")
    try:
        assert refused(statements) == []
    finally:
        switch("ENABLE")
    assert len(refused(statements)) == len(statements)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE numbering_timetable CASCADE",
        "ALTER TABLE numbering_timetable DISABLE TRIGGER timetable_in_force",
        "DROP TRIGGER timetable_in_force ON numbering_timetable",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot_get_round_the_triggers(clock, statement):
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert refused.value.__cause__.sqlstate == "42501"  # type: ignore[union-attr]  # insufficient_privilege


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_database_knows_what_a_whole_timetable_is(clock, operator):
    coming = publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator).pk
    torn = [
        f"DELETE FROM numbering_timetableentry WHERE timetable_id = {coming} AND starts = 0",
        f"DELETE FROM numbering_timetableentry WHERE timetable_id = {coming} AND starts = 720",
        f"UPDATE numbering_timetableentry SET reflected = 719 WHERE timetable_id = {coming} AND starts = 0",
        f"INSERT INTO numbering_timetableentry (timetable_id, starts, reflected) VALUES ({coming}, 800, 801)",
    ]
    assert refused(torn) == ["timetable_whole"] * len(torn)
    switch("DISABLE")
    try:
        assert refused(torn) == []
    finally:
        switch("ENABLE")
    entry = f"INSERT INTO numbering_timetableentry (timetable_id, starts, reflected) VALUES ({coming}, "
    wrong = ["1440, 1500)", "-1, 1500)", "5, 5)", "5, 2880)", "0, 5)"]
    assert refused([entry + values for values in wrong]) == [
        "timetable_entry_starts_in_day", "timetable_entry_starts_in_day", "timetable_entry_reflected_later",
        "timetable_entry_reflected_later", "timetable_entry_once",
    ]  # fmt: skip
    made = "INSERT INTO numbering_timetable (service, valid_from, created_at) VALUES "
    assert refused([f"{made}('b2bua', '{TOMORROW}', now())", f"{made}('x', '{TOMORROW}', now())"]) == [
        "timetable_one_per_day", "timetable_service_known",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_an_emptied_database_begins_with_the_published_timetables(clock, operator):
    before = timetables.load()
    assert before.intervals("b2bua", at("2026-11-20 00:00"))[0] == (0, 60, 90)
    publish(service="b2bua", valid_from=TOMORROW, entries=HALVES, actor=operator)
    call_command("migrate", database="owner", verbosity=0)
    assert len(timetables.load().versions["b2bua"]) == 2  # where there are some, nothing is added
    call_command("flush", database="owner", interactive=False, verbosity=0)
    assert timetables.load() == before
