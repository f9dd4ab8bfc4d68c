"""What others see of a run while it lasts: a file of metrics for Prometheus, and what systemd is told."""
