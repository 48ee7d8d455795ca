"""The simulated FAX gateway: faxes arrive a moment after they were sent, but those to a number that ends in 99 (busy).

POST /fax/incoming {"to", "from", "pages"} makes a fax come in (for demo and tests, like /control).
"""

from http import HTTPStatus
from uuid import uuid4

from selfcare.outside.simulator.routes import Answer, Call, Refusal, route

_SENT, _RECEIVED = "fax.sent", "fax.received"
_SECONDS = 1.0


@route("fax", "send", "POST", "/faxes")
def send(call: Call) -> Answer:
    to, sender = call.query.get("to", ""), call.query.get("from", "")
    if not (to.isdigit() and sender.isdigit()):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "no_number", "from and to are needed")
    if not call.body.startswith(b"%PDF-"):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "no_pdf", "a PDF is expected")
    busy = to.endswith("99")
    fax = {"id": call.key, "to": to, "from": sender, "size": len(call.body), "pages": 1}
    ended = {**fax, "state": "failed" if busy else "sent", "reason": "busy" if busy else ""}
    call.sim.ledger.put(_SENT, call.key, ended)
    call.tell({"id": f"{call.key}:ended", "type": ended["state"], "reference": call.key, **ended}, delay=_SECONDS)
    return Answer({**fax, "state": "accepted"}, HTTPStatus.ACCEPTED)


@route("fax", "ask", "GET", "/faxes/<id>")
def ask(call: Call) -> Answer:
    found = call.sim.ledger.get(_SENT, call.args["id"])
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "not_found")
    return Answer(found)


@route("fax", "incoming", "POST", "/incoming", public=True)
def incoming(call: Call) -> Answer:
    message = call.json()
    fax = {
        "id": uuid4().hex,
        "to": message.get("to"),
        "from": message.get("from", ""),
        "pages": message.get("pages", 1),
    }
    call.sim.ledger.put(_RECEIVED, fax["id"], fax)
    call.tell({**fax, "id": f"{fax['id']}:received", "type": "received", "reference": fax["id"]})
    return Answer(fax, HTTPStatus.CREATED)


@route("fax", "file", "GET", "/received/<id>")
def file(call: Call) -> Answer:
    found = call.sim.ledger.get(_RECEIVED, call.args["id"])
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "not_found")
    return Answer(content=one_page(f"FAX {found['from']} > {found['to']}"), content_type="application/pdf")


@route("fax", "ping", "GET", "/ping")
def ping(call: Call) -> Answer:
    return Answer({"ok": True})


def one_page(words: str) -> bytes:
    """A PDF of one A4 page with a line of plain letters."""
    line = "".join(c for c in words if c.isascii() and c.isprintable() and c not in "()\\")
    drawn = f"BT /F1 18 Tf 72 760 Td ({line}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    content, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + tail
