"""How forms are drawn: `{{ form }}` and `{{ field.as_field_group }}` use the portal's own templates."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Label, mark, help and error in one group per field; widgets and the admin's forms stay Django's own."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
