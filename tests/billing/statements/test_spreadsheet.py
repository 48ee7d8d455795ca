"""LibreOffice opens each golden file: the right cells, leading zeros in text columns, nothing that it would compute."""

import csv
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from selfcare.runtime import bootstrap
from tests.billing.statements import parts

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.serial, pytest.mark.timeout(900)]
PACKAGE = "libreoffice-calc-nogui"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
#: Of the import filter: comma, quotes, the encoding (76 is UTF-8, 64 is Windows' Shift-JIS), from row 1, columns as
#: what they are: text (2) where a number would lose its zeros, and else (1) as the spreadsheet finds them; the last
#: word lets it compute what it takes for formulas.
FILTER = "CSV:44,34,{charset},1,{columns},1041,false,false,true,false,false,0,true"
CHARSETS = {"utf-8": 76, "cp932": 64}
#: Columns that are text.
TEXTS = {"INVOICE": {1, 3, 6}, "INVOICE-VOICE": {1, 3, 5}, "CDR": {1, 2, 3, 4, 5, 8, 9, 10, 11}}


@pytest.fixture(scope="module")
def soffice() -> str:
    if not shutil.which("soffice"):
        bootstrap.install_packages([PACKAGE])
    found = shutil.which("soffice")
    if not found:
        pytest.skip(f"no LibreOffice: apt-get install -y --no-install-recommends {PACKAGE}")
    return found


def opened(soffice: str, file: Path, encoding: str, texts: set[int], folder: Path) -> list[list[tuple[str, str, str]]]:
    """Rows of cells: type, text, formula, as LibreOffice has them after opening the file."""
    columns = "/".join(f"{n}/{2 if n in texts else 1}" for n in range(1, 12))
    done = subprocess.run(
        [
            *(soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "ods"),
            f"--infilter={FILTER.format(charset=CHARSETS[encoding], columns=columns)}",
            *("--outdir", str(folder), str(file)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    made = folder / f"{file.stem}.ods"
    assert made.exists(), done.stdout + done.stderr
    with zipfile.ZipFile(made) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
    rows = []
    for row in content.iter(f"{TABLE}table-row"):
        cells: list[tuple[str, str, str]] = []
        for cell in row.iter(f"{TABLE}table-cell"):
            paragraphs = ["".join(text.itertext()) for text in cell.iter(f"{TEXT}p")]
            one = (cell.get(f"{OFFICE}value-type", ""), "\n".join(paragraphs), cell.get(f"{TABLE}formula", ""))
            cells += [one] * min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 20)
        if any(text for _kind, text, _formula in cells):
            rows.append(cells)
    return rows


def expected(file: Path, encoding: str) -> list[list[str]]:
    # A run of spaces is one element in the document's text.
    return [[cell.replace("  ", " ") for cell in row] for row in csv.reader(file.read_text(encoding).splitlines())]


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize(("encoding", "ending"), [("utf-8", ".csv"), ("cp932", ".cp932.csv")])
def test_a_spreadsheet_has_the_cells_and_computes_nothing(soffice, tmp_path, kind, encoding, ending):
    file = parts.GOLDEN / f"P0001_{kind}_202704{ending}"
    rows = opened(soffice, file, encoding, TEXTS[kind], tmp_path)
    wanted = expected(file, encoding)
    assert len(rows) == len(wanted)
    for row, cells in zip(rows, wanted, strict=True):
        texts = [text.replace("  ", " ") for _kind, text, _formula in row[: len(cells)]]
        texts += [""] * (len(cells) - len(texts))
        assert texts == cells
        assert {formula for _kind, _text, formula in row} == {""}
    numbers = [row[0] for row in rows[1:] if row[0][1]]
    assert {kind for kind, _text, _formula in numbers} == {"string"}
    assert all(text.startswith("0") for _kind, text, _formula in numbers)


def test_without_the_guard_it_would_compute(soffice, tmp_path):
    """Negative control: the same text as it was typed is a formula in a column that is no text."""
    file = tmp_path / "bare.csv"
    file.write_text('"=SUM(1,2)"\n')
    ((cell, *_rest),) = opened(soffice, file, "utf-8", set(), tmp_path)
    assert cell[2]
