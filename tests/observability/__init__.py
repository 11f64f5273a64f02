"""What operators see: metrics, dashboard, alerts, the log."""
