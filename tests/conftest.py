"""What every test may ask for: the stack under test and a prefix of its own."""

pytest_plugins = ["tests.stack_under_test"]
