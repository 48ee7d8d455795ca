"""Cells of the files, in SQL: nothing that a spreadsheet would run, nothing that breaks a row."""

#: What a spreadsheet takes for the beginning of a formula; the full-width ones become the others when it converts.
_STARTS = "=+@＝＋－＠\t-"


def guard(expression: str) -> str:
    """SQL of a free text as a cell may carry it: line breaks and tabs become spaces, and what a spreadsheet would run
    as a formula begins with an apostrophe, which makes it a text.

    For texts that people typed only: a number such as -100 is no formula and stays as it is. None is an empty cell.
    """
    text = f"translate({expression}, E'\\r\\n\\t', '   ')"
    # A class of the regular expression: the hyphen stands last.
    return f"regexp_replace({text}, '^(?=[[:space:]]*[{_STARTS}])', '''')"


def plain_number(expression: str) -> str:
    """SQL of an exact number as a cell carries it: as many decimals as it has, 10.50 as 10.5, 10.00 as 10."""
    return f"trim_scale({expression})::text"
