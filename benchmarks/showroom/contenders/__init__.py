"""One module for each server that is measured; ALL has them in the order of the tables."""

from benchmarks.showroom.contenders import bentoml, disparo, litserve, mlflow, mlserver, plain

ALL = (
    disparo.ON_SQLITE,
    disparo.V2,
    disparo.ON_MARIADB,
    disparo.OFF,
    plain.PROTOTYPE,
    plain.FLOOR,
    plain.BY_HAND,
    mlserver.CONTENDER,
    bentoml.CONTENDER,
    litserve.CONTENDER,
    mlflow.CONTENDER,
)
