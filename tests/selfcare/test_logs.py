import io
import json
import logging
import logging.config

import pytest

from selfcare import logs
from selfcare.accounts import context


@pytest.fixture
def logger():
    """A logger set up as settings.LOGGING does, and the lines it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.Mask())
    handler.setFormatter(logs.JsonFormatter())
    logger = logging.getLogger("tests.logs")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.DEBUG)
    logger.lines = lambda: [json.loads(line) for line in stream.getvalue().splitlines()]  # type: ignore[attr-defined]
    return logger


def test_a_line_is_one_json_object(logger):
    logger.warning("回線を\n中断しました: %s", "docomo", extra={"lines": 3})
    (line,) = logger.lines()
    assert line["message"] == "回線を\n中断しました: docomo"
    assert (line["level"], line["logger"], line["lines"]) == ("WARNING", "tests.logs", 3)
    assert line["time"].endswith("+00:00")


def test_lines_carry_the_ids_of_the_request_and_the_order(logger):
    with context.use(context.RequestContext(request_id="a1b2c3d4e5f6")), logs.bind(order_id="R20261121-000123"):
        logger.info("accepted")
    logger.info("later")
    first, second = logger.lines()
    assert (first["request_id"], first["order_id"]) == ("a1b2c3d4e5f6", "R20261121-000123")
    assert "request_id" not in second
    assert "order_id" not in second


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("number 05012345678 issued", "0501234"),
        ("number=0312345678", "031234"),
        ("/lines/?q=09012345678", "0901234"),
        ("number ０９０１２３４５６７８", "０９０１２３４"),
        ("call 050-1234-5678 now", "050-1234"),
        ("sip:+815012345678@example", "815012"),
        ("Key (number)=(05012345678) already exists", "0501234"),
    ],
)
def test_telephone_numbers_keep_their_last_four_digits(logger, text, hidden):
    logger.info(text)
    (line,) = logger.lines()
    assert hidden not in line["message"]
    assert "******" in line["message"]
    assert "5678" in line["message"] or "５６７８" in line["message"]


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "{'current_password': 'hunter2', 'x': 1}",
        '{"secret": "hunter2"}',
        "パスワード：hunter2",
        "Authorization: Bearer hunter2",
        "cookie: a=b; selfcare=hunter2",
        "postgresql://owner:hunter2@localhost/x",
        "GET /x?token=hunter2&y=1",
    ],
)
def test_what_is_named_a_secret_is_removed(logger, text):
    logger.error(text)
    assert "hunter2" not in logger.lines()[0]["message"]


@pytest.mark.parametrize("text", ["code=482913", "認証コード：482913", "code: 48 29 13", "sent 482913 to", "[482913]"])
def test_one_time_codes_are_removed(logger, text):
    logger.error(text)
    message = logger.lines()[0]["message"]
    assert "482913" not in message
    assert "29 13" not in message


def test_tokens_in_links_are_removed(logger):
    logger.info("Not Found: /account/reset/Abc9Xyz8Qrs7Tuv6Wxy5Zab4/")
    assert "Abc9Xyz8" not in logger.lines()[0]["message"]


def test_ids_versions_and_times_survive(logger):
    text = (
        "R20261121-000123 01920e5c-7b1a-7c3e-9f00-012345678901 2026-11-21T09:00:00.123456+09:00 v5.2.19 "
        "lines.suspend code=lines.suspend took 0.123456 s at file.py:123456"
    )
    logger.info(text)
    assert logger.lines()[0]["message"] == text


def test_own_fields_are_masked_by_name_and_by_shape(logger):
    logger.info(
        "x",
        extra={
            "new_password": "hunter2",
            "code": "482913",
            "procedure_code": "lines.suspend",
            "status_code": 200,
            "number": "05012345678",
            "order_id": "R20261121-000123",
            "rows": 100000,
            "detail": {"token": "hunter2", "to": ["09012345678"]},
            "request": object(),
        },
    )
    (line,) = logger.lines()
    assert (line["new_password"], line["code"], line["number"]) == ("***", "***", "******5678")
    assert (line["procedure_code"], line["status_code"], line["rows"]) == ("lines.suspend", 200, 100000)
    assert line["order_id"] == "R20261121-000123"
    assert line["detail"] == {"token": "***", "to": ["******5678"]}
    assert "request" not in line


def test_tracebacks_are_masked(logger):
    try:
        raise ValueError("Key (number)=(05012345678), password=hunter2")
    except ValueError:
        logger.exception("failed")
    (line,) = logger.lines()
    assert "ValueError" in line["exception"]
    assert "hunter2" not in line["exception"]
    assert "0501234" not in line["exception"]


def test_wrong_arguments_do_not_lose_the_line(logger):
    logger.info("%d lines", "many")
    assert "many" in logger.lines()[0]["message"]


def test_without_the_filter_the_number_would_be_there(logger):
    logger.handlers[0].filters.clear()
    logger.info("number 05012345678")
    assert "05012345678" in logger.lines()[0]["message"]


def test_the_settings_snippet_is_valid():
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        logging.config.dictConfig(logs.config("WARNING"))
        (handler,) = root.handlers
        assert isinstance(handler.formatter, logs.JsonFormatter)
        assert root.level == logging.WARNING
    finally:
        root.handlers, root.level = before[0], before[1]
