import sentry_sdk
from flask import Flask, render_template
from flask_talisman import Talisman

from .config import CSP, Config

sentry_sdk.init(
    dsn=Config.SENTRY_DSN,
    environment=Config.ENVIRONMENT,
    traces_sample_rate=0.1,
)


def create_app(config=Config):
    app = Flask(__name__)
    app.config.from_object(config)

    Talisman(app, content_security_policy=CSP, content_security_policy_nonce_in=["script-src"])

    @app.get("/")
    def index():
        return render_template("index.html")

    from .tunnel import bp

    app.register_blueprint(bp)
    return app
