"""料金シミュレーション: for everybody, by its address alone."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from billing.models import Tariff
from billing.services import Basket, IdWish
from numbering.cloud.forms import quote as forms
from numbering.cloud.views.quote import PDF_LIMIT
from selfcare import clock
from selfcare.accounts.models import ThrottleCounter
from tests.billing import cloud as tariffs

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE = "/cloud/quote/"


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    tariffs.make_prices()


def _read(query: str = "", status: int = 200) -> str:
    answer = Client().get(f"{PAGE}?{query}")
    assert answer.status_code == status
    return str(answer.content.decode())


def test_the_page_asks_first_and_says_what_each_way_costs_and_why():
    text = _read()
    assert "初期 5,000円・月額 980円" in text
    assert "初期 8,000円・月額 2,080円" in text
    assert "初期費用が3,000円、月額が1,100円高くなります" in text
    for words in ("転送を設定します", "固定電話でも応答できます", "新しい番号が表示されます"):
        assert words in text


def test_what_is_ticked_is_the_address_and_comes_back_ticked():
    query = "fax=own&ids=3&flat=1&flat=2&flat=3&after_hours=1"
    text = _read(query)
    assert "15,000円" in text
    assert "6,660円" in text
    assert "税込 7,326円" in text
    assert 'id="flat_3" checked' in text
    assert "スタンダードセット</span>" in text
    wished = Basket(fax="own", ids=(IdWish(flat_rate=True),) * 3, after_hours=1)
    assert forms.basket_of(QueryDict(query)) == wished
    assert "fax=own&amp;ids=3&amp;after_hours=1&amp;flat=1" in text


def test_every_basket_survives_its_address():
    for basket in tariffs.baskets(300):
        assert forms.basket_of(QueryDict(forms.query_of(basket))) == basket
    assert forms.query_of(Basket()) == ""


@pytest.mark.parametrize(
    "query",
    [
        "ids=99999999999999999999999999",
        "ids=-1",
        "ids=0",
        "ids=1e3",
        "ids=" + "9" * 5000,
        "start=stolen",
        "fax=%00",
        "after_hours=2",
        "adapters=%E2%91%A2",
        "extra_numbers=51",
        "desk_phones=<script>alert(1)</script>",
    ],
)
def test_nonsense_is_answered_with_what_is_wrong(query):
    text = _read(query)
    assert "入力内容をご確認ください" in text
    assert "計算できませんでした" in text
    assert "<script>alert(1)" not in text
    assert Client().get(f"{PAGE}pdf/?{query}").status_code == 400


def test_full_width_digits_and_forgotten_ticks_are_understood():
    query = QueryDict("ids=%EF%BC%93&flat=3&flat=7&flat=x&desk=9999&" + "&".join(["flat=1"] * 500))
    assert forms.basket_of(query) == Basket(ids=(IdWish(flat_rate=True), IdWish(), IdWish(flat_rate=True)))


def test_where_a_price_is_missing_the_page_says_so_and_stands():
    Tariff.objects.filter(item="cloud.voicemail").delete()
    assert "980円" in _read()
    assert "料金を表示できません" in _read("voicemail=1")
    assert Client().get(f"{PAGE}pdf/?voicemail=1").status_code == 503


def test_the_pdf_has_the_same_sums_and_is_limited_by_address():
    answer = Client().get(f"{PAGE}pdf/?fax=own&to=%E6%9E%B6%E7%A9%BA%E5%95%86%E4%BA%8B%00%E5%BE%A1%E4%B8%AD")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    counter = ThrottleCounter.objects.get()
    now = clock.real_now()
    counter.tries = [now - timedelta(seconds=place) for place in range(PDF_LIMIT.tries)]
    counter.save()
    refused = Client().get(f"{PAGE}pdf/?fax=own")
    assert refused.status_code == 429
    assert "しばらくお待ちください" in refused.content.decode()


def test_the_login_page_leads_to_it_and_nothing_can_be_sent_to_it():
    assert reverse("cloud:quote") in Client().get("/login/").content.decode()
    assert Client().post(PAGE).status_code == 405
