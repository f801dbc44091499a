import sentry_sdk
from fastapi import FastAPI, Request

from app.settings import settings

sentry_sdk.init(
    dsn=settings.sentry_dsn,
    environment=settings.environment,
    traces_sample_rate=0.2,
)

app = FastAPI(title="Tidal")


@app.middleware("http")
async def security_headers(request: Request, call_next):
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; "
        "connect-src 'self' https://*.ingest.de.sentry.io; "
        "worker-src 'self' blob:; child-src 'self' blob:"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@app.get("/tides/{port}")
async def tides(port: str):
    return {"port": port, "high": "06:12", "low": "12:25"}
