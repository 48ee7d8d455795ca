"""Finding articles by words: any width, any kana, any case. There are tens of articles: they are read, not indexed."""

from selfcare import text
from selfcare.inquiries.models import Article

#: Words of a search; what stands after them does not narrow it.
_WORDS = 8
_LONGEST = 100
# ぁ to ゖ lie 0x60 below ァ to ヶ; a long vowel is written in many ways (アダプタ, アダプター).
_KANA = {code: code + 0x60 for code in range(0x3041, 0x3097)} | {ord("ー"): None, ord("-"): None}
#: How much it says about an article that a word stands in this part of it.
_TITLE, _KEYWORDS, _BODY = 5, 3, 1


def key(words: str) -> str:
    return text.search_key(words).translate(_KANA)


def find(query: str, *, category: str = "", most: int = 20) -> list[Article]:
    """Published articles in which every word stands, best first; without words all, in the operators' order.

    Japanese has no spaces between words: where nothing has the whole word, articles that share most of its pairs of
    letters are better than none. Latin letters and digits have spaces: names and numbers are alike by chance only.
    """
    found = Article.objects.published()
    articles = list(found.filter(category=category) if category else found)
    words = [word for word in key(query[:_LONGEST]).split() if word][:_WORDS]
    if not words:
        return articles[:most]
    parts = {article.pk: _parts(article) for article in articles}
    scores = {article.pk: _score(parts[article.pk], words) for article in articles}
    if not any(scores.values()):
        scores = {article.pk: _likeness(parts[article.pk], words) for article in articles}
    best = sorted((article for article in articles if scores[article.pk]), key=lambda one: -scores[one.pk])
    return best[:most]


def _parts(article: Article) -> tuple[tuple[int, str], ...]:
    return (
        (_TITLE, key(f"{article.title} {article.title_en}")),
        (_KEYWORDS, key(article.keywords)),
        (_BODY, key(f"{article.body} {article.body_en}")),
    )


def _score(parts: tuple[tuple[int, str], ...], words: list[str]) -> int:
    """0 unless every word stands somewhere."""
    each = [sum(weight for weight, part in parts if word in part) for word in words]
    return sum(each) if all(each) else 0


def _likeness(parts: tuple[tuple[int, str], ...], words: list[str]) -> int:
    """How many pairs of neighbouring Japanese letters are there; 0 where it is less than two thirds."""
    everything = " ".join(part for _weight, part in parts)
    all_pairs = (word[at : at + 2] for word in words for at in range(len(word) - 1))
    pairs = {pair for pair in all_pairs if not pair.isascii()}
    there = sum(pair in everything for pair in pairs)
    return there if pairs and there * 3 >= len(pairs) * 2 else 0
