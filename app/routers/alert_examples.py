"""Examples of channels and rules for the API's description. They work; a test sends them."""

from typing import Any

CHANNELS: Any = {
    "slack": {
        "summary": "Slack, by an incoming webhook whose URL is in an environment variable",
        "value": {
            "name": "ops",
            "target": {"kind": "webhook", "form": "slack", "url": "${SLACK_WEBHOOK}"},
        },
    },
    "teams": {
        "summary": "Microsoft Teams, by a workflow that waits for a webhook",
        "value": {
            "name": "ops-teams",
            "target": {"kind": "webhook", "form": "teams", "url": "${TEAMS_WEBHOOK}"},
        },
    },
    "json": {
        "summary": "A program of one's own, which wants a token",
        "value": {
            "name": "pager",
            "target": {
                "kind": "webhook",
                "url": "https://pager.example.org/alerts",
                "headers": {"Authorization": "Bearer ${PAGER_TOKEN}"},
            },
            "timeout": 5,
        },
    },
    "email": {
        "summary": "Mail",
        "value": {
            "name": "mail",
            "target": {
                "kind": "email",
                "host": "smtp.example.org",
                "user": "disparo",
                "password": "${SMTP_PASSWORD}",
                "sender": "disparo@example.org",
                "to": ["ops@example.org"],
            },
        },
    },
    "command": {
        "summary": "A program on the machine of the service",
        "value": {
            "name": "siren",
            "target": {"kind": "command", "command": ["/usr/local/bin/siren", "--loud"]},
        },
    },
}
RULES: Any = {
    "all": {
        "summary": "All that goes wrong, with a reminder each hour",
        "value": {
            "name": "everything",
            "checks": ["*"],
            "schedules": ["*"],
            "models": ["*"],
            "channels": ["ops"],
            "reminder": 3600,
        },
    },
    "some": {
        "summary": "Each dispatch of some schedules that fails, not that all is well again",
        "value": {
            "name": "nightly",
            "schedules": ["nightly-*"],
            "states": ["failed", "timed_out"],
            "channels": ["mail", "siren"],
            "repeats": True,
            "recoveries": False,
        },
    },
}
