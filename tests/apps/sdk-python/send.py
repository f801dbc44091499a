"""Sends one of each with the real SDK: python send.py <dsn>"""

import json
import sys

import sentry_sdk

sentry_sdk.init(dsn=sys.argv[1], release="python@2", environment="sdk-test", traces_sample_rate=1.0)
sentry_sdk.set_user({"id": "u1", "email": "u1@shop.example"})
sentry_sdk.set_tag("sdk", "python")


def checkout():
    try:
        [][1]
    except IndexError as cause:
        raise ValueError("python checkout failed") from cause


ids = {}
with sentry_sdk.start_transaction(name="GET /cart", op="http.server"):
    try:
        checkout()
    except ValueError as error:
        ids["error"] = sentry_sdk.capture_exception(error)
ids["message"] = sentry_sdk.capture_message("hello from python", level="warning")
sentry_sdk.get_client().close(timeout=10)
print(json.dumps(ids))
