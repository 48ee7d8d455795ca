"""Beginning to look as a customer's user, as the operators' pages do it."""

from typing import Any

from django.test import Client
from django.urls import reverse

from selfcare.accounts.models import User
from selfcare.staff.models import Impersonation

DATABASES = ["default", "owner"]
REASON = "請求書の見え方のお問い合わせ"
END = "/admin/view-as/end/"


def start(client: Client, user: User, reason: str = REASON) -> Any:
    return client.post(reverse("admin:accounts_user_operate", args=[user.pk, "view-as"]), {"reason": reason})


def begun(client: Client, user: User) -> Impersonation:
    answer = start(client, user)
    assert (answer.status_code, answer["Location"]) == (302, "/"), answer.content.decode()
    return Impersonation.objects.latest("pk")
