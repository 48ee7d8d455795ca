"""Takes the README's pictures anew: `.venv/bin/python -m pytest tests/e2e/screenshots/take.py`.

Not among the tests by its name: what it makes is looked at by people.
"""

from pathlib import Path

from PIL import Image

from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

HERE = Path(__file__).parent


def test_home(portal: Portal, open_page: OpenPage) -> None:
    # Without the demo's own lines, which only say that it is one.
    portal.stack.sql("DELETE FROM work_businessclock")
    portal.stack.sql("DELETE FROM shell_maintenance")
    page = open_page("umineko_owner", viewport={"width": 1280, "height": 900}, color_scheme="light", bypass_csp=True)
    page.goto("/")
    page.add_style_tag(content=".ribbon { display: none }")
    picture = HERE / "home.png"
    page.screenshot(path=picture)
    # 128 colours are enough for flat surfaces, and a third of the size.
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)
    assert picture.stat().st_size < 200_000
