"""A whole portal with demo data, as the browser tests know it: its logins, its clock, its mails."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from django_otp.oath import TOTP

from selfcare.calendar import TOKYO
from tests.harness import Stack

Mails = set[Path]


_LINES = """
SELECT l.id FROM lines_line l JOIN accounts_user u USING (customer_id)
WHERE u.selfcare_id = %s AND l.status = 'active' AND l.carrier LIKE %s AND l.sim_kind LIKE %s AND l.sim_size LIKE %s
"""
#: What an order holds that is under way or booked.
_FREE = """
AND l.open_changes = '{}' AND l.ends_on IS NULL AND NOT EXISTS (
    SELECT FROM orders_order o WHERE o.procedure LIKE 'lines.%%' AND o.subject_id = l.id
    AND o.accepted_at IS NOT NULL AND o.finished_at IS NULL)
"""
_FIRST = "ORDER BY l.id LIMIT 1"
#: Another line like this one, on which nothing is open or booked.
_COPY = """
WITH fresh AS (SELECT nextval(pg_get_serial_sequence('lines_line', 'id')) AS id)
INSERT INTO lines_line
SELECT (jsonb_populate_record(l, jsonb_build_object(
    'id', fresh.id, 'number', '0700008' || lpad(fresh.id::text, 4, '0'), 'sim_serial', 'COPY' || fresh.id,
    'open_changes', '[]'::jsonb, 'ends_on', NULL, 'next_plan', '', 'next_plan_on', NULL,
    'next_options', '{}'::jsonb, 'next_options_on', NULL))).*
FROM lines_line l, fresh WHERE l.id = %s RETURNING id
"""


@dataclass
class Portal:
    stack: Stack
    #: The day that the tests play on: tomorrow, so that the demo's clock is only moved forward at first.
    day: datetime = field(
        default_factory=lambda: (datetime.now(TOKYO) + timedelta(days=1)).replace(
            hour=10, minute=0, second=0, microsecond=0
        )
    )
    changed_passwords: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.stack.web_url

    @cached_property
    def demo(self) -> dict[str, list[dict[str, Any]]]:
        told: dict[str, list[dict[str, Any]]] = json.loads(self.stack.manage("demo_data", "--json").stdout)
        return told

    def password(self, selfcare_id: str) -> str:
        if selfcare_id in self.changed_passwords:
            return self.changed_passwords[selfcare_id]
        return str(next(user["password"] for user in self.demo["users"] if user["selfcare_id"] == selfcare_id))

    def operator(self, username: str) -> dict[str, Any]:
        return next(one for one in self.demo["operators"] if one["username"] == username)

    def totp(self, username: str) -> str:
        """What the operator's authenticator shows now. A number works once: log in once per operator."""
        secret = self.operator(username)["totp_secret"]
        padded = secret + "=" * (-len(secret) % 8)
        return f"{TOTP(base64.b32decode(padded)).token():06d}"

    # the clock: business time only; sessions, codes and throttles run on real time

    def set_clock(self, moment: datetime) -> None:
        self.stack.set_clock(moment)

    # mails

    def mails(self) -> Mails:
        return set((self.stack.var / "mail").glob("*.eml"))

    def new_mail(self, before: Mails, to: str, pattern: str, *, seconds: float = 90) -> re.Match[str]:
        """`pattern` in subject or text of the mail that arrives for `to` and was not there `before`."""
        found: list[re.Match[str]] = []

        def arrived() -> bool:
            for path in sorted(self.mails() - before, key=lambda path: path.stat().st_mtime, reverse=True):
                message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
                body = message.get_body(("plain",))
                match = re.search(pattern, f"{message['Subject']}\n{body.get_content() if body else ''}")
                if match and to in str(message["To"]):
                    found.append(match)
            return bool(found)

        self.stack.wait(arrived, seconds=seconds)
        return found[0]

    def code_address(self, login: str) -> str:
        """A user's own address for codes, or the one registered with the contract."""
        query = """
            SELECT coalesce(nullif(u.code_email, ''), c.mail) FROM accounts_user u
            JOIN accounts_contract c USING (customer_id) WHERE u.selfcare_id = %s ORDER BY c.started_on LIMIT 1
        """
        return str(self.stack.value(query, login))

    def code(self, before: Mails, login: str) -> str:
        """The six digits of the login mail that arrives."""
        return self.new_mail(before, self.code_address(login), r"(?<![\w-])\d{6}(?![\w-])")[0]

    # the carrier

    def carrier(self, **faults: Any) -> None:
        """Tell the simulated carrier how to behave; nothing: quick and without faults, as most tests want it."""
        faults = faults or {"reset": True, "delay": [0.5, 1.0]}
        httpx.post(f"{self.stack.env['CARRIER_URL']}/control", json=faults, timeout=30).raise_for_status()

    def line(self, login: str, *, carrier: str = "%", kind: str = "%", size: str = "%") -> int:
        """An active line of this user's customer with nothing under way; a copy of one where the others are taken."""
        wanted = (login, carrier, kind, size)
        free = self.stack.sql(f"{_LINES} {_FREE} {_FIRST}", *wanted)
        if free:
            return int(free[0][0])
        return self.copied_line(login, carrier=carrier, kind=kind, size=size)

    def copied_line(self, login: str, *, carrier: str = "%", kind: str = "%", size: str = "%", **fields: str) -> int:
        """One more such line, on which nothing is open or booked; `fields`: columns that it has otherwise."""
        line = int(self.stack.value(_COPY, self.stack.value(f"{_LINES} {_FIRST}", login, carrier, kind, size)))
        for column, value in fields.items():
            self.stack.sql(f"UPDATE lines_line SET {column} = %s WHERE id = %s", value, line)
        return line
