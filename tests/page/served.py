"""A service with real flights, for the tests of the page in a browser: python -m tests.page.served.

Where it keeps its state and its port come from the environment, as for any service. Its checks look
every other second, so that no test waits long for what they find. A user of each role can log in. Long ago
very much was dispatched, by schedules that are gone.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import skops.io
import yaml
from sklearn.linear_model import LogisticRegression

from app.clock import utc_now
from app.factory import Factory
from app.main import serve
from app.settings import Settings, load_settings
from app.values.account import Role
from examples.flights import dataset, pipeline, places
from tests import flights
from tests.page import many

USERS = {"ada": Role.ADMIN, "otto": Role.OPERATOR, "vera": Role.VIEWER}
PASSWORD = "three words do well"
LONG_AGO = timedelta(days=60)
DISPATCHED = 20_000


def _prepare(factory: Factory) -> None:
    factory.upgrade_schema()
    many.write(factory, DISPATCHED, now=utc_now() - LONG_AGO)
    database = factory.state / "examples" / "flights" / "flights.sqlite"
    database.parent.mkdir(parents=True)
    dataset.write_database(flights.november(), database)
    flights.register(factory, factory.state)
    flights.register(factory, factory.state, _other_model())
    _to_upload(factory.state / "to-upload")
    declared = factory.state / "flights.yaml"
    declared.write_text(yaml.safe_dump(_quick(factory.settings)))
    factory.declarations.apply(declared, now=utc_now())
    for name, role in USERS.items():
        factory.users.create(name, role, password=PASSWORD, actor="test", now=utc_now())


def _other_model() -> Any:
    """Return a model that answers otherwise, for a second version."""
    return _labelled(pipeline.new_pipeline(max_iter=5))


def _to_upload(place: Path) -> None:
    """Write what a person uploads: a linear model of the same flights, which needs no trust."""
    place.mkdir()
    flights.all_flights()[flights.INPUTS].iloc[::1000].to_csv(place / "sample.csv", index=False)
    model = _labelled(pipeline.new_pipeline().set_params(trees=LogisticRegression()))
    skops.io.dump(model, place / "linear.skops")


def _labelled(model: Any) -> Any:
    """Return a model that is trained on some flights."""
    some = flights.all_flights().iloc[::50]
    late = some["arr_delay"] > pipeline.LATE_MINUTES
    return model.fit(some[flights.INPUTS], late.map({True: pipeline.LATE, False: pipeline.ON_TIME}))


def _quick(settings: Settings) -> dict[str, Any]:
    """Return what the example declares, with checks of this service that look every other second."""
    text = places.RESOURCES.read_text().replace("8000", str(settings.server.port))
    declared: dict[str, Any] = yaml.safe_load(text)
    for check in declared["checks"]:
        check |= {"every": 2, "retries": 0}
    return declared


def main() -> None:
    """Prepare, and serve until it is told to stop."""
    settings = load_settings()
    factory = Factory(settings)
    Path(factory.state).mkdir(parents=True, exist_ok=True)
    _prepare(factory)
    factory.close()
    serve(settings)


if __name__ == "__main__":
    main()
