"""How the invoice's files are called."""

import re
from dataclasses import dataclass
from datetime import date

#: The billing cycle whose file has the plain name.
MONTH_END = "month_end"
_PDF = re.compile(
    r"(?P<partner>.+)_INVOICE_(?P<year>20[0-9]{2})(?P<month>0[1-9]|1[0-2])"
    r"(?:_(?P<cycle>[0-9]{1,2}))?(?:_R(?P<revision>[1-9][0-9]{0,3}))?\.pdf",
    re.ASCII,
)


@dataclass(frozen=True)
class Named:
    month: date
    cycle: str
    #: 0 is the original, others are reissues.
    revision: int


def pdf_file(partner_id: str, month: date, cycle: str = MONTH_END, revision: int = 0) -> str:
    """P0001_INVOICE_202704.pdf; _25 for the bills of that cycle, _R1 for the first reissue."""
    of_cycle = "" if cycle == MONTH_END else f"_{cycle}"
    reissue = f"_R{revision}" if revision else ""
    return f"{partner_id}_INVOICE_{month:%Y%m}{of_cycle}{reissue}.pdf"


def read(partner_id: str, name: str) -> Named | None:
    """What a name of this customer's means; None for every other text, above all for another customer's name."""
    found = _PDF.fullmatch(name)
    if found is None or found["partner"] != partner_id:
        return None
    month = date(int(found["year"]), int(found["month"]), 1)
    return Named(month, found["cycle"] or MONTH_END, int(found["revision"] or 0))


def lines_file(partner_id: str, month: date) -> str:
    """The 請求明細 of the month."""
    return f"{partner_id}_INVOICE_{month:%Y%m}.csv"
