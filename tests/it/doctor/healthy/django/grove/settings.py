import os
from pathlib import Path

import sentry_sdk
from csp.constants import NONCE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = ["grove.example", "localhost"]

SENTRY_DSN = os.environ.get(
    "SENTRY_DSN",
    "https://f04c8d2b6e7941a5b9d30e7a1c5f8264@o4500300010015.ingest.de.sentry.io/4500300020015",
)

sentry_sdk.init(
    dsn=SENTRY_DSN,
    environment="development" if DEBUG else "production",
    traces_sample_rate=0.2,
    profiles_sample_rate=0.1,
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "plants",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "grove.urls"

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE, "https://js.sentry-cdn.com", "https://browser.sentry-cdn.com"],
        "style-src": [SELF],
        "connect-src": [SELF, "https://*.ingest.de.sentry.io"],
        "worker-src": [SELF, "blob:"],
        "child-src": [SELF, "blob:"],
        "frame-ancestors": [SELF],
    },
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"context_processors": ["csp.context_processors.nonce"]},
    }
]

STATIC_URL = "static/"
