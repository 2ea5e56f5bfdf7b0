"""A model's cases and predictions as JSON Schema (draft 2020-12), made from its signature."""

from typing import Any, assert_never

from app.values.serving import UnknownCategories
from app.values.signature import FieldType, InputField, Outputs, Signature, Task

Schema = dict[str, Any]


def case_schema(signature: Signature, unknown: UnknownCategories) -> Schema:
    """Return the schema of one case: what it accepts, the Showroom's decoder accepts."""
    return {
        "type": "object",
        "properties": {field.name: _input(field, unknown) for field in signature.inputs},
        "required": [field.name for field in signature.inputs if not field.nullable],
        "additionalProperties": False,
    }


def _input(field: InputField, unknown: UnknownCategories) -> Schema:
    schema = _type(field.type)
    if field.type is FieldType.TEXT and field.categories and unknown is UnknownCategories.REFUSE:
        schema["enum"] = list(field.categories)
    if field.minimum is not None:
        schema["description"] = f"{field.minimum:g} to {field.maximum:g} in the sample"
    return {"anyOf": [schema, {"type": "null"}]} if field.nullable else schema


def _type(kind: FieldType) -> Schema:
    match kind:
        case FieldType.NUMBER:
            return {"type": "number"}
        case FieldType.INTEGER:
            return {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
        case FieldType.BOOLEAN:
            return {"type": "boolean"}
        case FieldType.TEXT:
            return {"type": "string"}
        case FieldType.TIMESTAMP:
            return {"type": "string", "format": "date-time"}
        case _:
            assert_never(kind)


def prediction_schema(outputs: Outputs) -> Schema:
    """Return the schema of the answer to one case."""
    if outputs.task is Task.REGRESSION:
        if outputs.values == 1:
            return _object({"value": {"type": "number"}})
        many = {"type": "array", "items": {"type": "number"}, "minItems": outputs.values}
        return _object({"values": many | {"maxItems": outputs.values}})
    label = {"enum": list(outputs.classes)} if outputs.classes else _type(outputs.label_type)
    if not outputs.probabilities:
        return _object({"label": label})
    names = [str(label) for label in outputs.classes]
    chances = _object({name: {"type": "number"} for name in names})
    return _object({"label": label, "probabilities": chances})


def explained_schema(signature: Signature) -> Schema:
    """Return the schema of the answer to one case, with the explanation that may be asked for."""
    answer = prediction_schema(signature.outputs)
    numbers = _object({name: {"type": "number"} for name in signature.input_names})
    explanation = _object({"method": {"type": "string"}, "scale": {"type": "string"}})
    explanation["properties"] |= {"base": {"type": "number"}, "contributions": numbers}
    if "label" in answer["properties"]:
        explanation["properties"]["class"] = answer["properties"]["label"]
    return answer | {"properties": answer["properties"] | {"explanation": explanation}}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
