"""The floor: Starlette and msgspec, and the same answer to whoever asks. Nothing can be faster.

python -m benchmarks.showroom.servers.floor MODEL_DIRECTORY PORT
"""

import sys
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.showroom.servers.parts import Answer, Answers, decoder_of, serve

ANSWER = msgspec.json.encode(
    Answers(predictions=[Answer(label="no", probabilities={"no": 0.75, "yes": 0.25})])
)


def main() -> None:
    """Serve until told to stop."""
    decode = decoder_of(Path(sys.argv[1])).decode

    async def predict(request: Request) -> Response:
        decode(await request.body())
        return Response(ANSWER, media_type="application/json")

    serve(Starlette(routes=[Route("/predict", predict, methods=["POST"])]), int(sys.argv[2]))


if __name__ == "__main__":
    main()
