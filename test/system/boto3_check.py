"""Drives the AWS of the environment with boto3, as any program would; ends with status 1 at the first thing that is not AWS's.

Usage: boto3_check.py FUNCTION BUCKET   (FUNCTION copies files from BUCKET/in to BUCKET/out)
Prints one JSON object of what it saw.
"""

import hashlib
import io
import json
import os
import sys
import time

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1024 * 1024
DEADLINE = 60


def until(what, ask):
    """Asks until there is an answer; fails after DEADLINE seconds."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.2)
    raise SystemExit(f"{what}: not within {DEADLINE} s")


def error_code(call, **arguments):
    """Code of the error that a call has to end with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise SystemExit(f"{call.__name__} {arguments} did not fail")


def check_objects(s3):
    """Small and multipart objects, pages, ranges, metadata, odd keys, deletion and errors."""
    bucket = "boto3-objects"
    s3.create_bucket(Bucket=bucket)
    assert bucket in [found["Name"] for found in s3.list_buckets()["Buckets"]]

    large = os.urandom(20 * MIB)
    parts = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(large), bucket, "large.bin", Config=parts)
    head = s3.head_object(Bucket=bucket, Key="large.bin")
    assert head["ContentLength"] == len(large)
    assert head["ETag"].endswith('-3"'), head["ETag"]
    copy = io.BytesIO()
    s3.download_fileobj(bucket, "large.bin", copy, Config=parts)
    assert hashlib.sha256(copy.getvalue()).digest() == hashlib.sha256(large).digest()
    piece = s3.get_object(Bucket=bucket, Key="large.bin", Range="bytes=100-199")
    assert piece["Body"].read() == large[100:200]
    assert piece["ResponseMetadata"]["HTTPStatusCode"] == 206

    odd = "a folder/ñ+%41&=?#'\".txt"
    s3.put_object(Bucket=bucket, Key=odd, Body=b"odd", ContentType="text/x-odd", Metadata={"colour": "grey"})
    answer = s3.get_object(Bucket=bucket, Key=odd)
    assert answer["Body"].read() == b"odd"
    assert answer["ContentType"] == "text/x-odd" and answer["Metadata"] == {"colour": "grey"}

    for number in range(7):
        s3.put_object(Bucket=bucket, Key=f"page/{number}", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="page/", PaginationConfig={"PageSize": 3})
    sizes = [len(page["Contents"]) for page in pages]
    assert sizes == [3, 3, 1], sizes

    assert error_code(s3.get_object, Bucket=bucket, Key="absent") == "NoSuchKey"
    assert error_code(s3.get_object, Bucket="absent-bucket", Key="x") == "NoSuchBucket"
    assert error_code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page["Contents"]:
            s3.delete_object(Bucket=bucket, Key=found["Key"])
    s3.delete_bucket(Bucket=bucket)


def check_function(awslambda, function):
    """Description and invocation of a function that scar deployed."""
    names = [
        found["FunctionName"]
        for page in awslambda.get_paginator("list_functions").paginate()
        for found in page["Functions"]
    ]
    assert function in names, names
    configuration = awslambda.get_function(FunctionName=function)["Configuration"]
    assert configuration["State"] == "Active", configuration["State"]
    answer = awslambda.invoke(FunctionName=function, LogType="Tail", Payload=json.dumps({"cmd_args": '["echo","boto3"]'}))
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer, answer
    assert "LogResult" in answer
    assert error_code(awslambda.invoke, FunctionName="absent") == "ResourceNotFoundException"
    return json.load(answer["Payload"])


def check_event(s3, logs, function, bucket):
    """A put that triggers the function, its output and its log."""
    before = count_starts(logs, function)
    s3.put_object(Bucket=bucket, Key="in/from boto3+1.txt", Body=b"through the function")

    def output():
        found = s3.list_objects_v2(Bucket=bucket, Prefix="out/from boto3+1.txt")
        return found.get("Contents")

    until("the output", output)
    body = s3.get_object(Bucket=bucket, Key="out/from boto3+1.txt")["Body"].read()
    assert body == b"through the function", body
    until("the log", lambda: count_starts(logs, function) > before)


def count_starts(logs, function):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    events = [event for page in pages for event in page["events"]]
    return sum(event["message"].startswith("START RequestId: ") for event in events)


def main():
    function, bucket = sys.argv[1:]
    s3, awslambda, logs, sts = (boto3.client(name) for name in ("s3", "lambda", "logs", "sts"))
    identity = sts.get_caller_identity()
    check_objects(s3)
    response = check_function(awslambda, function)
    check_event(s3, logs, function, bucket)
    print(json.dumps({"account": identity["Account"], "response": response}))


main()
