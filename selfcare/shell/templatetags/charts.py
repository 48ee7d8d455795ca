"""`{% chart facts %}` draws what selfcare/shell/charts.py describes, with its table beside it."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from selfcare.shell import chart_geometry
from selfcare.shell.charts import Bars, Columns

register = template.Library()


@register.simple_tag
def chart(what: Columns | Bars) -> SafeString:
    if what.is_empty:
        return render_to_string("inc/_chart_empty.html", {"chart": what})
    if isinstance(what, Bars):
        return render_to_string("inc/_chart_bars.html", {"chart": what, "rows": chart_geometry.rows(what)})
    return render_to_string("inc/_chart_columns.html", {"picture": chart_geometry.picture(what)})
