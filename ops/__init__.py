"""What operators do: start and stop a system, look into it, import into it. The command line is `baton`."""
