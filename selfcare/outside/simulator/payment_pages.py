"""The simulated payment provider's pages, as a customer's browser sees them: plain HTML, no script."""

from html import escape
from typing import Any

from selfcare.outside.simulator.routes import Answer

_PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.6 }}
body {{ max-width: 28rem; margin: 2rem auto; padding: 0 1rem }}
label {{ display: block; margin-top: 1rem }}
input {{ font: inherit; width: 100%; box-sizing: border-box; padding: .5rem }}
button, a.button {{ font: inherit; margin-top: 1rem; padding: .5rem 1rem }} .error {{ font-weight: bold }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""

_CARD = """
<p>これは決済代行会社のシミュレーターです。実在のカード番号は入力しないでください。</p>{error}
<form method="post" action="{action}">
<label>カード番号<input name="number" inputmode="numeric" autocomplete="off" required></label>
<label>有効期限（月/年）<input name="expires" placeholder="12/30" autocomplete="off" required></label>
<label>セキュリティコード<input name="cvc" inputmode="numeric" autocomplete="off" required></label>
<button type="submit">本人認証へ進む</button>
</form>
<form method="post" action="{action}"><button type="submit" name="leave" value="1">登録をやめて戻る</button></form>
<h2>お試し用のカード番号</h2>
<ul><li>4242 4242 4242 4242: 利用できます</li><li>4000 0000 0000 0002: カード会社が断ります</li>
<li>4000 0000 0000 0119: 3Dセキュアに対応していません</li>
<li>4000 0000 0000 0341: 登録できますが、支払日に断られます</li></ul>"""

_CHALLENGE = """
<p>カード（下4桁 {last4}）の発行会社から届いた認証コードを入力してください。シミュレーターでは {code} です。</p>{error}
<form method="post" action="{action}">
<label>認証コード<input name="code" inputmode="numeric" autocomplete="one-time-code" required></label>
<button type="submit">認証する</button>
</form>
<form method="post" action="{action}"><button type="submit" name="fail" value="1">認証に失敗する</button></form>"""

_NO_COOKIES = """
<p class="error">ブラウザーの設定により、Cookieを利用できません。</p>
<p>本人認証（3Dセキュア）にはCookieが必要です。カードは登録されていません。</p>
<p><a class="button" href="{back}">お申し込みの画面へ戻る</a></p>"""

_OVER = """<p>この登録手続きは終了しています。</p><p><a class="button" href="{back}">もとの画面へ戻る</a></p>"""


def card(registration: dict[str, Any], error: str, cookie: str = "") -> Answer:
    body = _CARD.format(action=_action(registration), error=_error(error))
    headers = {"Set-Cookie": f"{cookie}; Path=/; HttpOnly; SameSite=Lax"} if cookie else {}
    return _answer("カード情報の入力", body, headers)


def challenge(registration: dict[str, Any], known: dict[str, Any], code: str, error: str) -> Answer:
    action = f"{_action(registration)}/challenge"
    body = _CHALLENGE.format(action=action, last4=escape(known["last4"]), code=code, error=_error(error))
    return _answer("本人認証（3Dセキュア）", body)


def no_cookies(registration: dict[str, Any]) -> Answer:
    return _answer("カードを登録できませんでした", _NO_COOKIES.format(back=escape(registration["back"])))


def over(registration: dict[str, Any]) -> Answer:
    return _answer("終了した手続きです", _OVER.format(back=escape(registration["back"])))


def _action(registration: dict[str, Any]) -> str:
    return f"/payments/page/{escape(registration['reference'])}"


def _error(text: str) -> str:
    return f'<p class="error" role="alert">{escape(text)}</p>' if text else ""


def _answer(title: str, body: str, headers: dict[str, str] | None = None) -> Answer:
    content = _PAGE.format(title=escape(title), body=body).encode()
    return Answer(content=content, content_type="text/html; charset=utf-8", headers=headers or {})
