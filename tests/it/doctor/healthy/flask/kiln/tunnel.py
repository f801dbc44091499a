import json
from urllib.parse import urlparse

import requests
from flask import Blueprint, Response, abort, request

SENTRY_HOST = "o4500200010016.ingest.us.sentry.io"
KNOWN_PROJECT_IDS = ["4500200020016"]
MAX_BYTES = 10 * 1024 * 1024

bp = Blueprint("tunnel", __name__)


@bp.post("/bugs")
def bugs():
    if request.content_length is None or request.content_length > MAX_BYTES:
        abort(413)
    envelope = request.get_data()
    header = json.loads(envelope.split(b"\n")[0])
    dsn = urlparse(header.get("dsn"))
    project_id = (dsn.path or "").strip("/")

    if dsn.hostname != SENTRY_HOST:
        abort(403)
    if project_id not in KNOWN_PROJECT_IDS:
        abort(403)

    answer = requests.post(
        f"https://{SENTRY_HOST}/api/{project_id}/envelope/",
        data=envelope,
        headers={
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Forwarded-For": request.remote_addr,
        },
        allow_redirects=False,
        timeout=10,
    )
    passed_back = {
        name: answer.headers[name] for name in ("Retry-After", "X-Sentry-Rate-Limits") if name in answer.headers
    }
    return Response(answer.content, answer.status_code, passed_back)
