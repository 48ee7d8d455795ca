"""Cells of the files, in SQL: nothing that a spreadsheet would run, nothing that breaks a row."""

#: What a spreadsheet takes for the beginning of a formula, and the full-width forms, which become it when it converts.
#: The hyphen stands last: this is the inside of a character class.
_STARTS = "=+@＝＋－＠-"
_BREAKS = r"[\r\n\t\v\f\u0085\u2028\u2029]"


def guard(expression: str) -> str:
    """SQL of a free text as a cell may carry it: line breaks and tabs become spaces, and what a spreadsheet would run
    as a formula begins with an apostrophe, which makes it a text.

    For texts that people typed only: a number such as -100 is no formula and stays as it is. NULL is an empty cell.
    """
    formula = f"^(?=[[:space:]]*[{_STARTS}])"
    one_line = f"regexp_replace({expression}, '{_BREAKS}', ' ', 'g')"
    # Nearly no text needs it, and looking costs less than replacing.
    return (
        f"CASE WHEN {expression} ~ '{_BREAKS}|^[[:space:]]*[{_STARTS}]'"
        f" THEN regexp_replace({one_line}, '{formula}', '''') ELSE nullif({expression}, '') END"
    )


def plain_number(expression: str) -> str:
    """SQL of an exact number as a cell carries it: as many decimals as it has, 10.50 as 10.5, 10.00 as 10."""
    return f"trim_scale({expression})::text"
