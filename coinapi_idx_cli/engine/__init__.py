"""An engine: a NATS server with JetStream, spoken to directly on our own loop."""
