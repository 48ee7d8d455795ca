"""Setting a phone up: the QR code and the values for a desk phone; what the code opens in a browser; the test ring."""

from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from numbering.cloud.services import devices, setup_codes, test_rings
from numbering.cloud.views.ids import FUNCTION, id_of
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@customer_view(role=Role.MEMBER, function=FUNCTION)
def set_up(request: CustomerRequest, code: str) -> HttpResponse:
    """A GET explains; the POST makes the code, which is in its answer and nowhere else."""
    cloud_id = id_of(request, code)
    context: dict[str, Any] = {"cloud_id": cloud_id, "server": devices.address(), "realm": settings.SIP_REALM}
    if request.method == "POST":
        made = setup_codes.make(cloud_id=cloud_id, actor=request.user)
        picture = segno.make(made.url, error="m", micro=False).svg_inline(scale=5, border=4, light="#fff")
        # segno draws squares; nothing of the text is in them.
        context |= {"made": made, "picture": mark_safe(picture)}  # noqa: S308
    return render(request, "numbering/cloud/set_up.html", context)


@require_safe
@never_cache
def setup(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code opens in a browser instead of the app. Looking uses nothing up."""
    response = render(request, "numbering/cloud/setup.html", {"is_good": setup_codes.is_good(code=code), "code": code})
    # The address is the secret.
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
@customer_view(role=Role.MEMBER, function=FUNCTION)
def test_ring(request: CustomerRequest, code: str, uuid: UUID) -> HttpResponse:
    cloud_id = id_of(request, code)
    device = get_object_or_404(cloud_id.devices.logged_in().select_related("cloud_id"), uuid=uuid)
    outcome = test_rings.ring(device=device, actor=request.user)
    level, words = _told(outcome)
    messages.add_message(request, level, words % {"name": device.name})
    return redirect("cloud:id", cloud_id.code)


def _told(outcome: test_rings.Outcome) -> tuple[int, str]:
    if not outcome.has_push:
        return messages.INFO, _("%(name)s はプッシュ通知を使わない端末のため、テスト着信できません。")
    if outcome.reached is None:
        return messages.WARNING, _(
            "%(name)s にプッシュ通知が届いたか確認できませんでした。電話の着信には影響ありません。"
            "少し待ってから、もう一度お試しください。"
        )
    if outcome.reached:
        return messages.SUCCESS, _(
            "%(name)s にテスト着信を送り、プッシュ通知が届きました。鳴らないときは、端末の通知の設定をご確認ください。"
        )
    return messages.ERROR, _(
        "%(name)s にプッシュ通知が届きませんでした。"
        "アプリが削除されていないかを確認し、アプリからログインし直してください。"
    )
