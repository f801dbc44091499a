import os


class Config:
    ENVIRONMENT = os.getenv("APP_ENV", "production")
    SENTRY_DSN = os.getenv(
        "SENTRY_DSN", "https://19e4b7c05a8d4f62937f0c6be2d5a183@o4500200010016.ingest.us.sentry.io/4500200020016"
    )


CSP = {
    "default-src": "'self'",
    "script-src": ["'self'", "https://browser.sentry-cdn.com"],
    "connect-src": "'self'",
    "worker-src": ["'self'", "blob:"],
    "child-src": ["'self'", "blob:"],
}
