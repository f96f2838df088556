"""Headers that no middleware of Django's sets, and how much may be sent here."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

STRICT = {
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""On every answer that has not its own; those that Django sets as well are for answers it gives up early."""


class Headers:
    """Nothing of a page is kept by a browser or a proxy; no page asks for what it does not need."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = _too_large(request) or self.answer(request)
        for name, said in STRICT.items():
            response.headers.setdefault(name, said)
        return response


def _too_large(request: HttpRequest) -> HttpResponse | None:
    """The answer to a body larger than any form: it is not read. Django itself limits no files."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    if told.isascii() and told.isdigit() and int(told) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return None
    from myelos.web.errors import trouble

    return trouble(request, "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
