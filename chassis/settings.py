"""Settings of a service's process, from the environment; each states its default, and a wrong one is refused by name."""

from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.topics import DEFAULT_PARTITIONS, DEFAULT_PREFIX


class SettingsError(Exception):
    """A setting that cannot be used; the text names each one and what is wrong with it."""


class Settings(BaseSettings):
    """What every service reads from variables that begin with `BATON_`. Times are in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="BATON_", frozen=True, extra="ignore")

    kafka: str = Field(default="127.0.0.1:9092", description="bootstrap servers, host:port, separated by commas")
    mongo: str = Field(default="mongodb://127.0.0.1:27017/?replicaSet=rs0", description="a replica set; transactions need one")
    prefix: str = Field(default=DEFAULT_PREFIX, pattern=r"^[a-z][a-z0-9_-]{0,40}$", description="of topics, databases and consumer groups")
    partitions: int = Field(default=DEFAULT_PARTITIONS, ge=1, le=1000, description="of every topic; cannot be changed later")
    replication: int = Field(default=1, ge=1, description="replicas of each topic; 3 in production")
    min_insync_replicas: int = Field(
        default=1, ge=1, description="replicas that must have a record before it is acknowledged; 2 in production"
    )
    http_host: str = Field(default="127.0.0.1", description="address to listen on")
    http_port: int = Field(default=8000, ge=0, le=65535, description="port to listen on")
    jwt_key: SecretStr | None = Field(default=None, min_length=32, description="HS256 key of bearer tokens, for development")
    jwks_url: str | None = Field(default=None, description="keys of bearer tokens, for production; takes the place of jwt_key")
    jwt_audience: str = Field(default="baton", description="the audience a token must name")
    jwt_issuer: str | None = Field(default=None, description="the issuer a token must name, if given")
    policy: Path | None = Field(default=None, description="policy file in place of the service's own")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="lowest level that is logged")
    otlp_endpoint: str | None = Field(default=None, description="where traces go (OTLP over HTTP); no traces when left out")
    inbox_days: int = Field(default=30, ge=8, description="days that message ids are remembered; more than any topic keeps records")
    flights: int = Field(default=4, ge=1, le=64, description="transactions in flight at once")
    batch: int = Field(default=1800, ge=1, le=20_000, description="records of a lane in one transaction at most")
    linger: float = Field(default=0.02, ge=0, le=1, description="least rest between a small poll and the next fetch; 0 for none")
    session_timeout: float = Field(default=10.0, ge=1, description="silence after which the group takes an instance for dead")
    rebalance_timeout: float = Field(default=30.0, ge=5, description="how long a rebalance waits for an instance")
    outbox_look: float = Field(default=0.1, gt=0, le=10, description="how often the outbox is looked at without being woken")
    timer_look: float = Field(default=0.5, gt=0, le=60, description="how often due timers are looked for")
    unready_after: float = Field(default=30.0, gt=0, description="age of the last poll, or of the outbox, that makes a service unready")


S = TypeVar("S", bound=Settings)


def load_settings(model: type[S]) -> S:
    """The settings of this process.

    Raises:
        SettingsError: a variable has a value that cannot be used.
    """
    try:
        return model()
    except ValidationError as error:
        lines = [f"BATON_{'_'.join(str(part) for part in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(lines)) from None
