"""PDF by WeasyPrint: fonts loaded once per process, nothing fetched from anywhere."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings


@cache
def _fonts() -> Any:
    """Building the font configuration costs more than a page, so that a process does it once."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _fetcher() -> Any:
    """Only files of our own static/ and templates/ folders; a letter may not pull anything else in.

    Raises ValueError for everything else, which WeasyPrint passes over with a warning.
    """
    from weasyprint.urls import URLFetcher

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            path = Path(unquote(urlsplit(url).path)).resolve()
            allowed = [settings.BASE_DIR / "static", settings.BASE_DIR / "templates"]
            if urlsplit(url).scheme != "file" or not any(path.is_relative_to(folder) for folder in allowed):
                raise ValueError(f"A PDF may not fetch {url}.")
            return super().fetch(url, headers)

    return OwnFiles(allowed_protocols=("file",), allow_redirects=False)


def join(pages: list[str]) -> bytes:
    """One document of several HTML documents, each starting on a new page; b"" for none."""
    from weasyprint import HTML

    if not pages:
        return b""
    documents = [
        HTML(string=page, base_url=str(settings.BASE_DIR), url_fetcher=_fetcher()).render(font_config=_fonts())
        for page in pages
    ]
    every_page = [page for document in documents for page in document.pages]
    return documents[0].copy(every_page).write_pdf() or b""


@dataclass(frozen=True)
class Made:
    content: bytes
    pages: int


#: PDF/UA-1 on top of PDF/A-2a: the claim, and the description that PDF/A wants of names that it does not know.
_ACCESSIBLE = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


def _claim_accessible(pdf: Any) -> None:
    """Add what WeasyPrint's variants say apart from each other: it claims PDF/A or PDF/UA, the file keeps both."""
    number = int(pdf.catalog["Metadata"].split()[0])
    metadata = pdf.objects[number]
    head, end, tail = b"\n".join(metadata.stream).rpartition(b"</rdf:RDF>")
    if not end:
        raise ValueError("The metadata of WeasyPrint's PDF/A has another form than expected.")
    metadata.stream = [head + _ACCESSIBLE + end + tail]


def archival(page: str) -> Made:
    """One HTML document as PDF/A-2a and PDF/UA-1: fonts embedded, tagged, to be read in ten years.

    The page holds its styles and pictures itself. The same text gives the same bytes, as long as fonts and library
    stay the same: there is no date or id in it that the page does not name.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    pages = 0

    def finish(document: Any, pdf: Any) -> None:
        nonlocal pages
        pages = len(document.pages)
        _claim_accessible(pdf)

    html = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=()))
    content = html.write_pdf(font_config=_fonts(), pdf_variant="pdf/a-2a", finisher=finish)
    return Made(content or b"", pages)
