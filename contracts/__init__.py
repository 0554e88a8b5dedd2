"""The language of the bus: messages, the topics that carry them, and the envelope around each."""
