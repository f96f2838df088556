"""What the pages add to the store's settings; as strict as browsers know how to be.

Content comes from this server alone: no inline script or style, no frame, nothing fetched elsewhere. A cookie
holds a key and a language, nothing else; what belongs to a session stays on the server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from myelos.store.settings import APPS as STORE_APPS

HERE = Path(__file__).parent
LANGUAGES = (("en", "English"), ("ja", "日本語"))
SESSION_HOURS = 12
"""The longest a browser's session lives, however much it is used; left alone it ends after the store's
minutes, see :data:`myelos.store.identity.IDLE_MINUTES`."""

LARGEST_BODY = 256 * 1024
"""Bytes of a form. The largest, an examination with all its comments, has a fifth of that."""

APPS = (
    *STORE_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "myelos.web",
)

MIDDLEWARE = (
    "csp.middleware.CSPMiddleware",  # before everything that may answer: files, redirects, refusals
    "myelos.web.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "myelos.web.doorway.Doorway",
)

CSP = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

TEMPLATES = (
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "myelos.web.environment.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
        "NAME": "pages",
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],  # before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "myelos.web.environment.frame",
            ]
        },
        "NAME": "sign-in",
    },
)


SecondFactor = Literal["required", "offered"]
"""``required``: whoever has no second factor, or a password that somebody else gave them, sets up their own
before anything else; ``offered``: they may."""


def web_settings(
    hosts: tuple[str, ...], *, secure: bool, synthetic: bool, second_factor: SecondFactor | None = None
) -> dict[str, Any]:
    """Django's settings for the pages, besides the store's.

    ``secure``: behind TLS, as always but on the machine itself; ``synthetic``: whether everything in the
    record is made up; ``second_factor``: None for required behind TLS, offered elsewhere.
    """
    return {
        "INSTALLED_APPS": APPS,
        "MIDDLEWARE": MIDDLEWARE,
        "TEMPLATES": TEMPLATES,
        "ROOT_URLCONF": "myelos.web.urls",
        "ALLOWED_HOSTS": list(hosts),
        "MYELOS_SYNTHETIC": synthetic,
        "MYELOS_SECOND_FACTOR": second_factor or ("required" if secure else "offered"),
        **_languages(),
        **_static(),
        **_sign_in(),
        **_browser(secure),
    }


def _languages() -> dict[str, Any]:
    return {"USE_I18N": True, "LANGUAGE_CODE": "en", "LANGUAGES": LANGUAGES}


def _static() -> dict[str, Any]:
    return {
        "STATIC_URL": "/static/",
        "STATICFILES_DIRS": [
            ("report", HERE.parent / "report" / "templates"),
            ("course", HERE.parent / "report" / "course" / "templates"),
        ],
        "STATICFILES_FINDERS": ("myelos.web.static_files.Sheets", "myelos.web.static_files.OfApps"),
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_MAX_AGE": 3600,
        "WHITENOISE_ALLOW_ALL_ORIGINS": False,
    }


def _sign_in() -> dict[str, Any]:
    return {
        "AUTHENTICATION_BACKENDS": ("myelos.web.doorway.ByTheDoor",),
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "trials",
        "ACCOUNT_ADAPTER": "myelos.web.sign_in.Accounts",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_PRESERVE_USERNAME_CASING": True,
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_EMAIL_NOTIFICATIONS": False,
        "MFA_ADAPTER": "myelos.web.sign_in.SecondFactor",
        "MFA_FORMS": {
            "authenticate": "myelos.web.sign_in.Code",
            "reauthenticate": "myelos.web.sign_in.CodeAgain",
        },
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": False,
        "MFA_TOTP_ISSUER": "Myelos",
    }


def _browser(secure: bool) -> dict[str, Any]:
    prefix = "__Host-" if secure else ""
    return {
        "CONTENT_SECURITY_POLICY": CSP,
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "CSRF_FAILURE_VIEW": "myelos.web.errors.no_token",
        "SESSION_COOKIE_NAME": f"{prefix}myelos",
        "SESSION_COOKIE_AGE": SESSION_HOURS * 3600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_NAME": f"{prefix}myelos-csrf",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_SECURE": secure,
        "LANGUAGE_COOKIE_NAME": f"{prefix}myelos-language",
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "LANGUAGE_COOKIE_SECURE": secure,
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_SSL_REDIRECT": secure,
        "SECURE_HSTS_SECONDS": 31536000 if secure else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": secure,
        "SECURE_HSTS_PRELOAD": secure,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
        "SECURE_REFERRER_POLICY": "same-origin",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST_BODY,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 1000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 1,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": LARGEST_BODY,
    }
