"""What the sign-in may do here: accounts are made by an administrator, at the door, and nowhere else.

allauth keeps the second factors, and nothing else of an account: it never writes a password.
"""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest

from myelos.findings import Finding, Refused
from myelos.web.doorway import door

_SECRET = b"myelos.web.second-factor"


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up, nothing is mailed, and no password is written."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """There are no addresses here."""

    def set_password(self, user: Any, password: str) -> None:
        """Raises TypeError: the door changes passwords (:meth:`myelos.store.door.Door.change_password`)."""
        raise TypeError("passwords are changed at the door")


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """The secrets of second factors are kept encrypted under the record's own secret, which lies apart."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret. Raises :class:`~myelos.findings.Refused` when it was kept under another record's."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise Refused([Finding("web.second-factor-unreadable")]) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last second factor stays where one is required."""
        kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        others = Authenticator.objects.filter(user=authenticator.user, type__in=kinds).exclude(
            pk=authenticator.pk
        )
        return settings.MYELOS_SECOND_FACTOR != "required" or bool(others.exists())


def _cipher() -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=_SECRET).derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


class _AtTheDoor:
    """A code that fails is a failure to sign in like a password: the record keeps it, and too many lock the
    account; to a locked account no code fits."""

    user: Any

    def clean_code(self) -> str:
        if door().accounts.locked(self.user.get_username(), door().now()):
            raise get_adapter().validation_error("incorrect_code")
        return str(super().clean_code())  # type: ignore[misc]

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        door().register.proved(self.user.get_username(), fits=False)
        super()._emit_authentication_failed(authenticator)  # type: ignore[misc]


class Code(_AtTheDoor, AuthenticateForm):  # type: ignore[misc]
    """A code to sign in with."""


class CodeAgain(_AtTheDoor, ReauthenticateForm):  # type: ignore[misc]
    """A code of somebody who is signed in, before they change their second factor."""

    def save(self) -> None:
        super().save()
        context.request.session.cycle_key()
