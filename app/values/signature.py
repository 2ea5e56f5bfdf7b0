"""The signature: a model's inputs and outputs, and the columns in which they travel."""

from collections.abc import Iterator
from enum import StrEnum

from app.values.base import Value


class FieldType(StrEnum):
    """The type of an input or an output column."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIMESTAMP = "timestamp"


class InputField(Value):
    """One input of a model.

    `minimum` and `maximum` are what the sample held, for forms and drift; they refuse nothing.
    """

    name: str
    type: FieldType
    nullable: bool = True
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] | None = None


class Task(StrEnum):
    """What the model answers with."""

    CLASSIFICATION = "classification"
    """A label, and a probability for each class where the estimator gives them."""
    REGRESSION = "regression"
    """One number, or several."""
    LABELLING = "labelling"
    """A label alone: clusters, outliers."""


ClassLabel = bool | int | float | str


class OutputColumn(Value):
    """One column of a model's answer."""

    name: str
    type: FieldType


class Outputs(Value):
    """What a model answers for one row."""

    task: Task
    classes: tuple[ClassLabel, ...] = ()
    probabilities: bool = False
    values: int = 1
    label_type: FieldType = FieldType.TEXT

    @property
    def width(self) -> int:
        """How many columns an answer has."""
        if self.task is Task.REGRESSION:
            return self.values
        return 1 + len(self.classes) * self.probabilities

    def columns(self) -> Iterator[OutputColumn]:
        """Yield the columns of an answer, in the order in which they are delivered."""
        if self.task is Task.REGRESSION:
            names = ["value"] if self.values == 1 else [f"value_{n}" for n in range(self.values)]
            yield from (OutputColumn(name=name, type=FieldType.NUMBER) for name in names)
            return
        yield OutputColumn(name="label", type=self.label_type)
        if self.probabilities:
            for label in self.classes:
                yield OutputColumn(name=f"probability_{label}", type=FieldType.NUMBER)


class Signature(Value):
    """A model's inputs and outputs."""

    inputs: tuple[InputField, ...]
    outputs: Outputs

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs, in the model's order."""
        return tuple(field.name for field in self.inputs)
