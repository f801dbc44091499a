from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

    environment: str = "production"
    sentry_dsn: str = "https://a3d90c5e8f1b4762b4e6d7f20c8a9153@o4500100010017.ingest.de.sentry.io/4500100020017"


settings = Settings()
