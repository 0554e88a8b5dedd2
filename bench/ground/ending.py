"""How a ceiling tells what it took: a line of JSON at its end."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tell() -> Iterator[None]:
    """Print the seconds of the block, its CPU seconds, and the MB that the process had resident at most."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": took, "cpu": spent, "memory": memory}), flush=True)
