"""The rota: what is due when."""

from app.watch.rota import Rota


def test_what_is_due_longest_comes_first() -> None:
    """Each id has one time, the one that was set last."""
    rota = Rota()
    rota.set(1, 10.0)
    rota.set(2, 5.0)
    rota.set(3, 7.0)
    rota.set(2, 20.0)
    rota.remove(3)
    assert (rota.next(), rota.due_at(2), rota.due_at(3)) == (10.0, 20.0, None)
    assert rota.pop(9.0) is None
    assert rota.pop(30.0) == (1, 10.0)
    assert rota.pop(30.0) == (2, 20.0)
    assert rota.pop(30.0) is None
    assert rota.next() is None
