"""What probes and Prometheus ask. Nothing in here needs a session."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from selfcare.accounts import context
from selfcare.shell import metrics as gauges
from selfcare.shell import readiness


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody, so that a broken database does not get healthy processes restarted."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """503 only without database or with migrations missing; everything else is listed as degraded."""
    required = readiness.required()
    if any(state != readiness.OK for state in required.values()):
        return JsonResponse({"status": "unavailable", "checks": required}, status=503)
    others = readiness.degradable()
    degraded = sorted(name for name, state in others.items() if state != readiness.OK)
    return JsonResponse(
        {"status": "degraded" if degraded else "ready", "degraded": degraded, "checks": required | others}
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_scrape(request):
        response = HttpResponse("unauthorized\n", status=401, content_type="text/plain; charset=utf-8")
        response["WWW-Authenticate"] = "Bearer"
        return response
    return HttpResponse(generate_latest(gauges.registry()), content_type=CONTENT_TYPE_LATEST)


def _may_scrape(request: HttpRequest) -> bool:
    """The token, or the demo's own machine. Without a token configured nobody from outside gets in."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    address = context.current().address
    return bool(settings.DEMO and address and ip_address(address).is_loopback)
