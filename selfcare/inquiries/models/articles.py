"""Articles of よくある質問: shipped with the product, edited by operators."""

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from selfcare.inquiries.models.inquiries import Category


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> "ArticleQuerySet":
        return self.filter(is_published=True).order_by("position", "pk")


class Article(models.Model):
    """A question and its answer in the few marks of inquiries.markup. Everybody may read it."""

    slug = models.CharField(
        _("アドレス"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"\A[a-z0-9][a-z0-9-]*\Z", _("半角の英小文字・数字・ハイフンで入力してください。"))],
    )
    category = models.CharField(_("種類"), max_length=20, choices=Category)
    title = models.CharField(_("質問"), max_length=120)
    title_en = models.CharField(_("質問（英語）"), max_length=120, blank=True)
    body = models.TextField(_("回答"))
    body_en = models.TextField(_("回答（英語）"), blank=True)
    # Words that people use for it and that do not stand in the text; separated by spaces.
    keywords = models.CharField(_("検索語"), max_length=400, blank=True)
    position = models.PositiveIntegerField(_("並び順"), default=100)
    is_published = models.BooleanField(_("公開"), default=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("よくある質問")
        verbose_name_plural = pgettext_lazy("several", "よくある質問")
        constraints = [
            # It becomes an address.
            models.CheckConstraint(name="article_slug_clean", condition=models.Q(slug__regex=r"^[a-z0-9][a-z0-9-]*$")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        return self.title_en if self.title_en and get_language() == "en" else self.title

    @property
    def shown_body(self) -> str:
        return self.body_en if self.body_en and get_language() == "en" else self.body

    def get_absolute_url(self) -> str:
        return reverse("inquiries:article", args=[self.slug])
