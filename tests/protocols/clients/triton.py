"""What tritonclient makes of a service: `triton.py PORT [TOKEN]`."""

import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

PORT, *REST = sys.argv[1:]
HEADERS = {"Authorization": f"Bearer {REST[0]}"} if REST else None
client = triton.InferenceServerClient(f"127.0.0.1:{PORT}", concurrency=2)


def tensor(name, array, datatype, *, binary=True):
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def columns(binary, sizes=(30, 3), kinds=("a", "b"), weights=(1.5, np.nan)):
    return [
        tensor("size", np.array(sizes, dtype=np.int64), "INT64", binary=binary),
        tensor("kind", np.array(kinds, dtype=object), "BYTES", binary=binary),
        tensor("weight", np.array(weights), "FP64", binary=binary),
    ]


def told(result):
    label, chances = result.as_numpy("label"), result.as_numpy("probabilities")
    return {
        "labels": [one.decode() if isinstance(one, bytes) else one for one in label.tolist()],
        "probabilities": chances.tolist(),
        "response": {
            key: value for key, value in result.get_response().items() if key != "outputs"
        },
    }


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return {"message": error.message(), "status": error.status()}
    return None


found = {
    "live": client.is_server_live(headers=HEADERS),
    "ready": client.is_server_ready(headers=HEADERS),
    "model ready": client.is_model_ready("m", headers=HEADERS),
    "version ready": client.is_model_ready("m", "1", headers=HEADERS),
    "no model ready": client.is_model_ready("none", headers=HEADERS),
    "server": client.get_server_metadata(headers=HEADERS),
    "model": client.get_model_metadata("m", headers=HEADERS),
    "version": client.get_model_metadata("n", "1", headers=HEADERS),
}
for binary in (True, False):
    given = columns(binary)
    wanted = [
        triton.InferRequestedOutput("label", binary_data=binary),
        triton.InferRequestedOutput("probabilities", binary_data=binary),
    ]
    found[f"binary {binary}"] = told(client.infer("m", given, outputs=wanted, headers=HEADERS))
found["no outputs named"] = told(
    client.infer("m", columns(True), request_id="mine", timeout=5_000_000, headers=HEADERS)
)
found["packed"] = told(
    client.infer("m", columns(True), request_compression_algorithm="gzip", headers=HEADERS)
)
found["deflated"] = told(
    client.infer("m", columns(True), request_compression_algorithm="deflate", headers=HEADERS)
)
found["async"] = told(client.async_infer("m", columns(True), headers=HEADERS).get_result())
matrix = np.array([[1, 2, 3], [4, 5, 6.0]])
found["matrix"] = {
    datatype: client.infer("n", [tensor("input-0", matrix.astype(kind), datatype)], headers=HEADERS)
    .as_numpy("value")
    .tolist()
    for datatype, kind in (
        ("FP64", np.float64),
        ("FP32", np.float32),
        ("FP16", np.float16),
        ("INT32", np.int32),
        ("UINT8", np.uint8),
    )
}
column = [triton.InferRequestedOutput("probability_high")]
found["one column"] = (
    client.infer("m", columns(True), outputs=column, headers=HEADERS)
    .as_numpy("probability_high")
    .tolist()
)
found["refused"] = {
    "model": refused(lambda: client.infer("none", columns(True), headers=HEADERS)),
    "version": refused(lambda: client.infer("m", columns(True), "77", headers=HEADERS)),
    "category": refused(
        lambda: client.infer("m", columns(True, kinds=("a", "z")), headers=HEADERS)
    ),
    "config": refused(lambda: client.get_model_config("m", headers=HEADERS)),
    "statistics": refused(lambda: client.get_inference_statistics("m", headers=HEADERS)),
    "output": refused(
        lambda: client.infer(
            "m", columns(True), outputs=[triton.InferRequestedOutput("score")], headers=HEADERS
        )
    ),
    "deadline": refused(lambda: client.infer("m", columns(True), timeout=1, headers=HEADERS)),
}
if HEADERS:
    found["stranger"] = refused(lambda: client.infer("m", columns(True)))
print(json.dumps(found))
