"""The process of a service: settings, policy, logs, then the app under uvicorn until it is told to stop."""

import sys
from types import FrameType
from typing import NoReturn

import uvicorn
import uvloop

from chassis import broken_connections, waiting
from chassis.deployment import Deployment
from chassis.http.app import create_app
from chassis.logs import configure
from chassis.policy import PolicyError
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import SettingsError, load_settings

DRAIN = 25
"""Seconds that requests and transactions under way have at the end."""


def run(service: Service) -> None:
    """Run one instance of the service. Exits with 2 and a sentence if a setting or the policy cannot be used."""
    try:
        deployment = Deployment.of(service, load_settings(service.settings))
    except (SettingsError, PolicyError) as error:
        _refuse(service, str(error))
    settings = deployment.settings
    if settings.jwt_key is None and settings.jwks_url is None:
        _refuse(service, "BATON_JWT_KEY or BATON_JWKS_URL must be set: no endpoint works without tokens")
    configure(service.name, settings.log_level)
    broken_connections.mend()
    waiting.mend()
    uvloop.run(_serve(deployment))


async def _serve(deployment: Deployment) -> None:
    """The runtime is made inside the loop, which the database driver keeps."""
    settings = deployment.settings
    runtime = Runtime(deployment)
    config = uvicorn.Config(
        create_app(runtime),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=DRAIN,
        lifespan="on",
    )
    await _Server(config, runtime).serve()


class _Server(uvicorn.Server):
    """Says at once that the end has come: answers that have no end of their own, such as live streams, would hold it up."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT came."""
        self._runtime.stopping.set()
        super().handle_exit(sig, frame)


def _refuse(service: Service, why: str) -> NoReturn:
    print(f"{service.name}: {why}", file=sys.stderr)
    sys.exit(2)
