"""Articles: what ships, how they are found, and what their marks can become."""

import pytest
from django.urls import reverse

from selfcare.inquiries import faq, markup
from selfcare.inquiries.models import Article, SupportContact
from selfcare.inquiries.shipped import articles, contacts, put_in
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_what_ships_is_there_and_what_operators_changed_stays():
    assert set(Article.objects.values_list("slug", flat=True)) == {one.slug for one in articles()}
    assert all(one.title_en and one.body_en and one.keywords for one in articles())
    Article.objects.filter(slug="lost-phone").update(title="変えた題")
    SupportContact.objects.filter(service="mobile").update(phone="0312345678")
    put_in("default")
    assert Article.objects.get(slug="lost-phone").title == "変えた題"
    assert SupportContact.objects.get(service="mobile").phone == "0312345678"
    assert SupportContact.objects.count() == len(contacts()) == 5


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("鳴らない", "phone-does-not-ring"),
        ("データセーバー", "phone-does-not-ring"),
        ("でーたせーばー", "phone-does-not-ring"),
        ("ﾃﾞｰﾀｾｰﾊﾞｰ", "phone-does-not-ring"),
        ("低電力モード", "phone-does-not-ring"),
        ("バックグラウンド 通知", "phone-does-not-ring"),
        ("アプリ　設定　QRコード", "set-up-the-app"),
        ("ＱＲコード", "set-up-the-app"),
        ("アダプタ", "connect-the-adapter"),
        ("ルーター LAN", "connect-the-adapter"),
        ("ルータ lan", "connect-the-adapter"),
        ("cookie", "card-and-cookies"),
        ("くっきー", "card-and-cookies"),
        ("3-D Secure", "card-and-cookies"),
        ("3Dセキュア", "card-and-cookies"),
        ("必要書類", "which-documents"),
        ("low power", "phone-does-not-ring"),
        ("電話が鳴りません", "phone-does-not-ring"),
        ("電話が止まっている", "phone-is-suspended"),
    ],
)
def test_words_of_any_width_and_kana_find_the_article(query, first):
    assert faq.find(query)[0].slug == first


@pytest.mark.parametrize("query", ["zzzz", "量子力学", "%", "_", "'; DROP TABLE", "\\", "ー", "ァ" * 5000, "a " * 5000])
def test_what_stands_nowhere_finds_nothing_and_breaks_nothing(client, query):
    found = faq.find(query)
    assert not found or faq.key(query[:100]).split() == [] or all(one.is_published for one in found)
    assert client.get(reverse("inquiries:faq"), {"q": query}).status_code == 200


def test_hidden_articles_are_nowhere(client):
    Article.objects.filter(slug="lost-phone").update(is_published=False)
    assert "lost-phone" not in client.get(reverse("inquiries:faq")).content.decode()
    assert client.get(reverse("inquiries:article", args=["lost-phone"])).status_code == 404
    assert all(one.slug != "lost-phone" for one in faq.find("なくした"))


def test_guests_and_customers_read_them_in_both_languages(client, owner):
    address = reverse("inquiries:article", args=["phone-does-not-ring"])
    for reader in (client, log_in(owner)):
        page = reader.get(address).content.decode()
        assert "低電力モードを解除する" in page
        english = reader.get(address, headers={"accept-language": "en"}).content.decode()
        assert "Turn off low power mode" in english
    assert reverse("inquiries:new") in page
    assert reverse("login") in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("一行\n二行\n\n次", "<p>一行<br>二行</p>\n<p>次</p>"),
        ("## 見出し", "<h2>見出し</h2>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("**太字**と[案内](/faq/)", '<p><strong>太字</strong>と<a href="/faq/">案内</a></p>'),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](//evil.example/)", "<p>[x](//evil.example/)</p>"),
        ("[x](/\\evil.example/)", "<p>[x](/\\evil.example/)</p>"),
        ("[x](http://evil.example/)", "<p>[x](http://evil.example/)</p>"),
        ('[x](https://a.example/"onclick="x)', '<p><a href="https://a.example/&quot;onclick=&quot;x">x</a></p>'),
        ("[<b>](/faq/)", '<p><a href="/faq/">&lt;b&gt;</a></p>'),
        ("**<img>**", "<p><strong>&lt;img&gt;</strong></p>"),
    ],
)
def test_marks_become_this_html_and_everything_else_is_text(text, html):
    assert markup.html(text) == html
