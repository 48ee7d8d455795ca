"""`manage.py create_operator`: the first operator; later ones are made in the admin."""

from typing import Any, TextIO, cast

import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from selfcare.accounts.models import User
from selfcare.staff.groups import ADMIN, GROUPS
from selfcare.staff.services.operators import Enrolment, create_operator, renew_operator


class Command(BaseCommand):
    help = "Make an operator and print the one-time password and the authenticator's enrolment, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True, help="6 to 32 letters, digits and _")
        parser.add_argument("--email", default="", help="for notices about the login")
        parser.add_argument("--name", default="")
        parser.add_argument("--group", default=ADMIN, choices=GROUPS)
        parser.add_argument(
            "--renew", action="store_true", help="a new password and authenticator for an operator who lost one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            enrolment = self._renew(options["username"]) if options["renew"] else self._create(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self._print(enrolment)

    def _create(self, options: dict[str, Any]) -> Enrolment:
        return create_operator(
            username=options["username"],
            email=options["email"],
            name=options["name"],
            group=options["group"],
            actor=None,
        )

    def _renew(self, username: str) -> Enrolment:
        user = User.objects.filter(selfcare_id=username, is_staff=True).first()
        if user is None:
            raise CommandError(f"There is no operator {username}.")
        return renew_operator(user=user, actor=None)

    def _print(self, enrolment: Enrolment) -> None:
        self.stdout.write(f"  operator          {enrolment.user.selfcare_id}   {settings.BASE_URL}/admin/")
        self.stdout.write(f"  one-time password {enrolment.password}   (to be replaced at the first login)")
        self.stdout.write(f"  authenticator key {enrolment.totp_secret}")
        self.stdout.write(f"  {enrolment.url}\n")
        segno.make(enrolment.url, error="l").terminal(out=cast(TextIO, self.stdout), compact=True)
