"""The timetables' migration goes back and forward again."""

from tests.harness.stack import Stack

ENTRIES = """
    SELECT service, valid_from::text, starts, reflected
    FROM numbering_timetable AS t LEFT JOIN numbering_timetableentry AS e ON e.timetable_id = t.id ORDER BY 1, 2, 3
"""
LEFT_BEHIND = """
    SELECT proname::text FROM pg_proc WHERE proname LIKE 'numbering_timetable%'
    UNION ALL SELECT tablename::text FROM pg_tables WHERE tablename LIKE 'numbering_timetable%'
"""


def test_back_and_forward(stack: Stack):
    published = stack.sql(ENTRIES)
    assert len(published) == 21
    assert published[0] == ("b2bua", "2000-01-01", 0, 90)
    assert published[-1] == ("standard", "2000-01-01", None, None)
    stack.manage("migrate", "--database", "owner", "numbering", "0004_password_changes", "-v", "0")
    assert stack.sql(LEFT_BEHIND) == []
    stack.manage("migrate", "--database", "owner", "-v", "0")
    assert stack.sql(ENTRIES) == published
    assert len(stack.sql(LEFT_BEHIND)) == 4
