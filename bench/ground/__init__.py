"""What every benchmark stands on: a prefix of its own on the stack, processes, what they cost, and what stands on topics."""
