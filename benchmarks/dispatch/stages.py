"""Each stage alone: what a dispatch could at best be as fast as the slowest of."""

import uuid
from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa

from app.clock import utc_now
from app.factory import Factory
from app.services.work import _predict
from app.sources import connect
from app.sources.collect import collect
from app.sources.connection import Query
from app.sources.deliver import Delivery
from app.sources.limits import Limits
from app.sources.publish import Identity
from app.values.schedule import Deliver, Mode
from benchmarks.dispatch.places import Place
from benchmarks.dispatch.taken import Taken, taking

KEY = "id"


def each(place: Place, factory: Factory, model: str, query: str) -> dict[str, Taken]:
    """Collect all, then infer all, then deliver all; return what each took."""
    version = factory.models.version(model, None)
    infer = partial(_predict, factory.models.load(version), version, KEY, None)
    source = connect("place", place.connection, Limits())
    asked = Query(text=query, parameters={}, key=KEY, is_ordered=True)
    found, rows = _timed(place, lambda: collect(source, asked, version.signature))
    source.close()
    inferred, answers = _timed(place, lambda: map(infer, rows))
    identity = Identity(
        run=uuid.uuid4().hex,
        dispatch_id=1,
        schedule="alone",
        slot=utc_now(),
        model=model,
        version=version.number,
    )
    place.drop("alone")
    target = connect("place", place.connection, Limits(), write=True)
    spec = Deliver(source="place", table="alone", mode=Mode.UPSERT)
    delivery = Delivery(target, spec, KEY, version.signature.outputs, identity)
    delivered, _ = _timed(place, lambda: _delivered(delivery, answers))
    target.close()
    return {"collect": found, "infer": inferred, "deliver": delivered}


def _timed(place: Place, tables: Callable[[], Iterator[pa.Table]]) -> tuple[Taken, list[pa.Table]]:
    with taking(place.server) as taken:
        kept = list(tables())
    return taken, kept


def _delivered(delivery: Delivery, answers: list[pa.Table]) -> Iterator[pa.Table]:
    delivery.begin(answers[0].schema.field(0).type)
    for number, batch in enumerate(answers):
        delivery.write(number, batch, utc_now())
        yield batch
    delivery.publish(utc_now())
