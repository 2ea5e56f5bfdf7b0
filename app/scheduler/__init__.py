"""What runs by itself in the service: for now, the launcher of queued dispatches."""
