"""PDF by WeasyPrint: fonts loaded once per process, nothing fetched from anywhere."""

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


def _fetch(url: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Only files of our own static/ and templates/ folders; a letter may not pull anything else in."""
    from weasyprint import default_url_fetcher

    path = Path(unquote(urlsplit(url).path)).resolve()
    allowed = [settings.BASE_DIR / "static", settings.BASE_DIR / "templates"]
    if urlsplit(url).scheme != "file" or not any(path.is_relative_to(folder) for folder in allowed):
        raise ValueError(f"A PDF may not fetch {url}.")
    return default_url_fetcher(url, *args, **kwargs)  # type: ignore[no-any-return]


def join(pages: list[str]) -> bytes:
    """One document of several HTML documents, each starting on a new page; b"" for none."""
    from weasyprint import HTML

    if not pages:
        return b""
    documents = [
        HTML(string=page, base_url=str(settings.BASE_DIR), url_fetcher=_fetch).render(font_config=_fonts())
        for page in pages
    ]
    every_page = [page for document in documents for page in document.pages]
    return documents[0].copy(every_page).write_pdf() or b""
