"""The check of spec 5.1 as a table written by hand from the spec: every combination stands in exactly one row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

SERVICES = ["universal", "universal_cloud", "wireless", "smart_pbx"]
#: What the contract says, then what the customer answers. `full`: every base number has 1,000 numbers already.
COLUMNS = ["members", "has_0abj", "full", "works", "wants", "port", "targets", "over"]

# A letter for each column of COLUMNS: y, n, or - for either. Then the way, the question that decides (by its place in
# the table: 1 to 6, 7 for over 1,000, 8 for works, 0 for none), and words of the reason as the customer reads it.
_ROWS = """
any              y - - - - - - -   by_date     1  メンバーズネット
smart_pbx        n n - - y - - -   sales_only  2  Smart PBXで0ABJ番号を初めて
smart_pbx        n n - - n y - -   sales_only  2  Smart PBXで0ABJ番号を初めて
smart_pbx        n n - - n n y -   by_date     5  特定番号通知・転送先特定番号
smart_pbx        n n y - n n n -   by_date     7  1,000番号
smart_pbx        n n n - n n n y   by_date     7  1,000番号
smart_pbx        n n n y n n n n   by_date     8  進行中のため
smart_pbx        n n n n n n n n   at_once     0  どの項目にも当てはまらない
smart_pbx        n y - - - y - -   by_date     3  他社の番号を引き継ぐ
smart_pbx        n y - - y n - -   by_date     4  Smart PBXでの0ABJ番号の追加
smart_pbx        n y - - n n y -   by_date     5  特定番号通知・転送先特定番号
smart_pbx        n y y - n n n -   by_date     7  1,000番号
smart_pbx        n y n - n n n y   by_date     7  1,000番号
smart_pbx        n y n y n n n n   by_date     8  進行中のため
smart_pbx        n y n n n n n n   at_once     0  どの項目にも当てはまらない
universal_cloud  n - - - - y - -   by_date     3  他社の番号を引き継ぐ
universal_cloud  n - - - y n - -   by_date     4  クラウドプラン）での0ABJ番号の追加
universal_cloud  n - - - n n y -   by_date     5  特定番号通知・転送先特定番号
universal_cloud  n - y - n n n -   by_date     7  1,000番号
universal_cloud  n - n - n n n y   by_date     7  1,000番号
universal_cloud  n - n y n n n n   by_date     8  進行中のため
universal_cloud  n - n n n n n n   at_once     0  どの項目にも当てはまらない
wireless         n - - - - y - -   by_date     3  他社の番号を引き継ぐ
wireless         n - - - y n - -   by_date     4  ワイヤレスでの0ABJ番号の追加
wireless         n - - - n n y -   by_date     5  特定番号通知・転送先特定番号
wireless         n - y - n n n -   by_date     7  1,000番号
wireless         n - n - n n n y   by_date     7  1,000番号
wireless         n - n y n n n n   by_date     8  進行中のため
wireless         n - n n n n n n   at_once     0  どの項目にも当てはまらない
universal        n - - - - y - -   by_date     3  他社の番号を引き継ぐ
universal        n - - - - n y -   by_date     5  特定番号通知・転送先特定番号
universal        n n - - y n n -   by_date     6  初めての0ABJ番号
universal        n n y - n n n -   by_date     7  1,000番号
universal        n n n - n n n y   by_date     7  1,000番号
universal        n n n y n n n n   by_date     8  進行中のため
universal        n n n n n n n n   at_once     0  どの項目にも当てはまらない
universal        n y y - - n n -   by_date     7  1,000番号
universal        n y n - - n n y   by_date     7  1,000番号
universal        n y n y - n n n   by_date     8  進行中のため
universal        n y n n - n n n   at_once     0  どの項目にも当てはまらない
"""


@dataclass(frozen=True)
class Row:
    service: str
    letters: str
    way: str
    decided_by: int
    words: str

    def holds(self, service: str, case: dict[str, bool]) -> bool:
        letters = zip(self.letters, case.values(), strict=True)
        return self.service in ("any", service) and all(
            letter == "-" or (letter == "y") == value for letter, value in letters
        )


def _rows() -> Iterator[Row]:
    for line in _ROWS.strip().splitlines():
        service, *rest = line.split(None, 11)
        yield Row(service, "".join(rest[:8]), rest[8], int(rest[9]), rest[10])


ROWS = list(_rows())
CASES: list[tuple[str, dict[str, bool]]] = [
    (service, dict(zip(COLUMNS, values, strict=True)))
    for service in SERVICES
    for values in product([True, False], repeat=len(COLUMNS))
]


def row_of(service: str, case: dict[str, bool]) -> Row:
    """The one row that holds."""
    (found,) = [row for row in ROWS if row.holds(service, case)]
    return found


def examples() -> list[Any]:
    """One case of every row and service, the first that it holds for: for what is too slow for all of them."""
    seen: dict[tuple[Row, str], Any] = {}
    for service, case in reversed(CASES):
        seen.setdefault((row_of(service, case), service), (service, case))
    return list(seen.values())
