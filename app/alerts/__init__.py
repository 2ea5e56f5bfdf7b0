"""What takes an alert to a channel: webhooks, mail, commands. No database, no rules."""

from app.alerts.sending import send, send_now

__all__ = ["send", "send_now"]
