"""The push gateway: it reaches every device but those whose token begins with "gone"."""

from http import HTTPStatus

from selfcare.outside.simulator.routes import Answer, Call, Refusal, route


@route("push", "ring", "POST", "/rings")
def ring(call: Call) -> Answer:
    token = call.json().get("token")
    if not isinstance(token, str) or not token:
        raise Refusal(HTTPStatus.BAD_REQUEST, "no_token", "a token is expected")
    if token.startswith("gone"):
        return Answer({"code": "unregistered", "reason": "the app was removed"}, status=HTTPStatus.GONE)
    call.sim.ledger.put("push.rings", call.key, {"token": token})
    return Answer({"state": "delivered"})
