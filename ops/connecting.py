"""HTTP connections of the command line: certificates are read once, and this machine is never asked through a proxy."""

import ssl
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@lru_cache(1)
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def connect_to(url: str, **more: Any) -> httpx.AsyncClient:
    """A client for the address, which it may be given paths under."""
    outside = urlsplit(url).hostname not in LOOPBACK
    return httpx.AsyncClient(base_url=url, trust_env=outside, verify=_certificates(), **more)
