"""What boto3 makes of a service: `boto.py PORT`, with AWS's own environment variables."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

(PORT,) = sys.argv[1:]
client = boto3.client(
    "sagemaker-runtime",
    endpoint_url=f"http://127.0.0.1:{PORT}",
    region_name="eu-central-1",
    config=Config(retries={"total_max_attempts": 1}),
)
CSV = "size,kind,weight\n30,a,1.5\n3,b,\n"
DOCUMENT = json.dumps({"instances": [{"size": 30, "kind": "a"}, [3, "b", None]]})
LINES = '{"size": 30, "kind": "a", "weight": 1.5}\n[3, "b", null]\n'


def invoke(body, content_type, **given):
    answer = client.invoke_endpoint(
        **{"EndpointName": "m", "Body": body, "ContentType": content_type} | given
    )
    names = ("ContentType", "InvokedProductionVariant", "CustomAttributes")
    return {name: answer.get(name) for name in names} | {"body": answer["Body"].read().decode()}


def refused(body, content_type="text/csv", **given):
    try:
        invoke(body, content_type, **given)
    except ClientError as error:
        told = error.response
        return {
            "class": type(error).__name__,
            "code": told["Error"]["Code"],
            "message": told["Error"]["Message"],
            "status": told["ResponseMetadata"]["HTTPStatusCode"],
            "original": told.get("OriginalStatusCode"),
            "original message": told.get("OriginalMessage"),
        }
    return None


found = {
    "csv": invoke(CSV, "text/csv"),
    "csv without header": invoke("30,a,1.5\n3,b,\n", "text/csv", Accept="text/csv"),
    "json": invoke(DOCUMENT, "application/json"),
    "lines": invoke(LINES, "application/jsonlines", Accept="application/jsonlines"),
    "variant": invoke(CSV, "text/csv", TargetVariant="version-1"),
    "values": invoke("1,2,3\n4,5,6\n", "text/csv", EndpointName="n", Accept="text/csv"),
    "refused": {
        "endpoint": refused(CSV, EndpointName="none"),
        "category": refused("30,z,1.5\n"),
        "type": refused("many,a,1.5\n"),
        "width": refused("1,2\n"),
        "json": refused("{", "application/json"),
        "variant": refused(CSV, TargetVariant="blue"),
        "version": refused(CSV, TargetVariant="77"),
        "target": refused(CSV, TargetModel="m.tar.gz"),
        "media": refused(CSV, "image/png"),
        "accept": refused(CSV, Accept="image/png"),
    },
}
print(json.dumps(found))
