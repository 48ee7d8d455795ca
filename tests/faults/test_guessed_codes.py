"""500 guesses on one code at once, against the running server: three are evaluated, the owner still logs in."""

import pytest

from tests.faults import client, seed
from tests.harness import Stack

pytestmark = [pytest.mark.serial, pytest.mark.faults]

GUESSES = 500
_EVALUATED = """
    SELECT count(*) FROM accounts_auditevent
    WHERE action = 'login.failed' AND detail->>'step' = 'code'
"""


def _half_way(stack: Stack, selfcare_id: str) -> tuple[client.Browser, str]:
    """A browser that waits for its code, and the code."""
    before = len(client.codes(stack))
    browser = client.Browser(stack.web_url, seconds=60)
    browser.send(browser.get("/login/"), selfcare_id=selfcare_id, password=seed.PASSWORD)
    stack.wait(lambda: len(client.codes(stack)) > before, seconds=20)
    return browser, client.codes(stack)[-1]


def _guess(stack: Stack, selfcare_id: str) -> set[int]:
    """All guesses from the one browser that may make them; the right one is not among them. Returns the statuses."""
    browser, code = _half_way(stack, selfcare_id)
    token = client.hidden(browser.get("/login/code/").text)

    def one(number: int) -> int:
        guess = f"{(int(code) + 1 + number) % 1_000_000:06d}"
        return browser.http.post("/login/code/", data={**token, "code": guess}).status_code

    answers = client.at_once(GUESSES, one)
    assert all(isinstance(answer, int) for answer in answers), answers
    return set(answers)


def test_of_500_guesses_over_http_three_are_evaluated_and_the_owner_still_logs_in(stack: Stack) -> None:
    stack.start("web", "login-worker")
    (shopper,) = seed.shoppers(stack)
    statuses = _guess(stack, shopper.selfcare_id)
    evaluated = stack.value(_EVALUATED)
    print(f"\nfigure: {GUESSES} parallel guesses: {evaluated} evaluated, statuses {sorted(statuses)}")
    assert statuses <= {200, 302}
    assert evaluated == 3
    browser, code = _half_way(stack, shopper.selfcare_id)
    assert browser.send(browser.get("/login/code/"), code=code).url.path == "/"


def test_with_a_database_that_does_not_count_more_than_three_are_evaluated(stack: Stack) -> None:
    stack.start("web", "login-worker")
    (shopper,) = seed.shoppers(stack)
    stack.sql(
        "CREATE FUNCTION uncounted() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.guesses := OLD.guesses; RETURN NEW; END $$"
    )
    stack.sql(
        "CREATE TRIGGER uncounted BEFORE UPDATE ON accounts_loginattempt FOR EACH ROW EXECUTE FUNCTION uncounted()"
    )
    _guess(stack, shopper.selfcare_id)
    evaluated = stack.value(_EVALUATED)
    print(f"\nfigure: without the attempt's counter {evaluated} evaluated; the user's and address's stopped them")
    assert 3 < evaluated <= 10
