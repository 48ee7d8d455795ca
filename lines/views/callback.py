"""Where a carrier tells us about an order: authenticated by HMAC and time, stored once, harmless when repeated."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lines.carriers.callbacks import CallbackForged, CallbackUnreadable, read_event
from lines.services.hearing import hear
from selfcare import clock

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """204 when stored or known already, 401 for a forged or stale one, 400 for what is no event, 404 for no order."""
    try:
        told = read_event(
            body=request.body, headers=request.headers, secret=settings.CARRIER_SECRET, now=clock.real_now()
        )
    except CallbackForged as error:
        logger.warning("A carrier callback was refused: %s", error)
        return JsonResponse({"code": "unauthorized", "reason": "signature"}, status=401)
    except CallbackUnreadable as error:
        logger.error("A carrier callback could not be read: %s", error)
        return JsonResponse({"code": "badRequest", "reason": "unreadable"}, status=400)
    if not hear(told):
        return JsonResponse({"code": "notFound", "reason": "no such order"}, status=404)
    return HttpResponse(status=204)
