"""Examples for the API's description. They work as they stand; a test sends them."""

from typing import Any

PREVIEW: dict[str, Any] = {
    "cron": "30 7 * * 1-5",
    "timezone": "America/New_York",
    "after": "2026-03-06T12:00:00-05:00",
    "count": 3,
}
_SCHEDULE: dict[str, Any] = {
    "name": "score-week",
    "description": "How likely is each flight of the week to be late?",
    "model": "flight-delay",
    "cron": "0 6 * * 1",
    "timezone": "America/New_York",
    "collect": {
        "source": "flights",
        "key": "id",
        "query": (
            "SELECT id, carrier, origin, dest, day_of_week, departure_minute, arrival_minute,"
            " distance FROM flights"
            " WHERE scheduled_departure >= :window_start AND scheduled_departure < :window_end"
        ),
        "window": {"start": "PT0S", "end": "P7D"},
    },
    "deliver": {"source": "flights", "table": "predictions_week"},
    "policies": {"catch_up": "latest", "retries": {"limit": 3, "delay": "PT1M"}},
}
TRYOUTS: Any = {
    "day": {
        "summary": "The first five flights of a day",
        "value": {
            "model": "flight-delay",
            "timezone": "America/New_York",
            "collect": {**_SCHEDULE["collect"], "window": {"start": "PT0S", "end": "P1D"}},
            "slot": "2013-11-28T00:00:00",
            "rows": 5,
        },
    }
}
SCHEDULES: Any = {
    "cron": {"summary": "By a crontab expression", "value": _SCHEDULE},
    "interval": {
        "summary": "At an interval",
        "value": {key: value for key, value in _SCHEDULE.items() if key != "cron"}
        | {"name": "score-often", "interval": {"every": "PT15M"}},
    },
}
PATCHES: Any = {
    "time": {"summary": "Another time", "value": {"cron": "30 6 * * 1"}},
    "policy": {
        "summary": "One policy, and another back to its default",
        "value": {"policies": {"overlap": "skip", "retries": None}},
    },
}
_CASE: dict[str, Any] = {
    "model": "flight-delay",
    "inputs": {
        "carrier": "UA",
        "origin": "EWR",
        "dest": "SFO",
        "day_of_week": 3,
        "departure_minute": 1080,
        "arrival_minute": 1290,
        "distance": 2565,
    },
    "title": "The evening before Thanksgiving",
    "expected": "late",
    "tags": ["november"],
}
CASES: Any = {
    "one": {"summary": "One case", "value": _CASE},
    "many": {
        "summary": "Several, all or none",
        "value": [
            _CASE | {"title": "By day", "expected": None},
            _CASE | {"title": "To Boston", "inputs": _CASE["inputs"] | {"dest": "BOS"}},
        ],
    },
}
CASE_PATCHES: Any = {
    "answer": {"summary": "What turned out to be true", "value": {"expected": "on_time"}},
    "input": {"summary": "One input", "value": {"inputs": {"departure_minute": 600}}},
}
CHECKS: Any = {
    "host": {
        "summary": "A TCP port",
        "value": {
            "name": "own-port",
            "description": "Disparo itself answers",
            "target": {"kind": "host", "address": "localhost", "port": 8000},
            "every": 30,
            "retries": 1,
        },
    },
    "database": {
        "summary": "A source",
        "value": {
            "name": "flights-database",
            "target": {"kind": "database", "source": "flights", "table": "flights"},
            "every": 60,
            "slow_after": 2,
        },
    },
    "url": {
        "summary": "A URL",
        "value": {
            "name": "own-url",
            "target": {
                "kind": "http",
                "url": "http://localhost:8000/health/live",
                "json_holds": {"pointer": "/status", "equals": "live"},
            },
        },
    },
}
WINDOWS: Any = {
    "again": {
        "summary": "Each Sunday night",
        "value": {
            "name": "sunday-night",
            "cron": "0 2 * * 0",
            "duration": "PT2H",
            "timezone": "America/New_York",
        },
    },
    "once": {
        "summary": "Once",
        "value": {
            "name": "move",
            "starts": "2026-12-05T20:00:00",
            "ends": "2026-12-05T23:00:00",
            "timezone": "America/New_York",
        },
    },
}
