"""What every test may ask for: the stack under test and a prefix of its own; and properties without a time limit."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.stack_under_test"]

# how long an example takes says only how busy the machine is
settings.register_profile("baton", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("baton")
