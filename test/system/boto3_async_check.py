"""What boto3 sees of asynchronous invocation and queues in the local AWS; its first failed assertion ends it."""

import io
import json
import time
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

once = Config(retries={"max_attempts": 0})
sqs = boto3.client("sqs", config=once)
functions = boto3.client("lambda", config=once)


def package(source):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("index.mjs")
        # Without it nobody but the owner could read the file, here as on AWS.
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return content.getvalue()


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("not refused")


# botocore compares the digests of bodies and attributes with its own.
url = sqs.create_queue(QueueName="boto3", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
attributes = {
    "text": {"DataType": "String", "StringValue": "grüße"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\0\1\2"},
    "number": {"DataType": "Number.int", "StringValue": "7"},
}
sqs.send_message(QueueUrl=url, MessageBody="one", MessageAttributes=attributes)
entries = [{"Id": str(n), "MessageBody": f"batch {n}"} for n in range(9)]
assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 9
seen = {}
while len(seen) < 10:
    for message in sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, MessageAttributeNames=["All"]
    ).get("Messages", []):
        seen[message["Body"]] = message
assert seen["one"]["MessageAttributes"] == attributes, seen["one"]
# In flight, and back after a second, to one who waits.
assert "Messages" not in sqs.receive_message(QueueUrl=url) or time.sleep(1) is None
again = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"][0]
assert int(again["Attributes"]["ApproximateReceiveCount"]) >= 2
sqs.purge_queue(QueueUrl=url)
assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
try:
    sqs.get_queue_url(QueueName="nowhere")
    raise AssertionError("found")
except sqs.exceptions.QueueDoesNotExist:
    pass
assert refused(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11) == "InvalidParameterValue"
assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle="x") == "ReceiptHandleIsInvalid"
assert refused(sqs.create_queue, QueueName="ordered.fifo", Attributes={"FifoQueue": "true"}) == "NotImplemented"

code = package("export const handler = async (e) => { if (e.fail) throw new Error('asked to'); return e; };")
functions.create_function(
    FunctionName="boto3",
    Runtime="nodejs24.x",
    Handler="index.handler",
    Role="arn:aws:iam::123456789012:role/any",
    Code={"ZipFile": code},
    DeadLetterConfig={"TargetArn": arn},
)
functions.get_waiter("function_active_v2").wait(FunctionName="boto3", WaiterConfig={"Delay": 1})
functions.put_function_event_invoke_config(
    FunctionName="boto3",
    MaximumRetryAttempts=1,
    DestinationConfig={"OnSuccess": {"Destination": arn}, "OnFailure": {"Destination": arn}},
)
received = {}
for event in ({"n": 1}, {"fail": True}):
    functions.invoke(FunctionName="boto3", InvocationType="Event", Payload=json.dumps(event))
while len(received) < 3:
    for message in sqs.receive_message(
        QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"]
    ).get("Messages", []):
        body = json.loads(message["Body"])
        received[body.get("requestContext", {}).get("condition", "dead letter")] = (body, message)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
assert received["Success"][0]["responsePayload"] == {"n": 1}
failed = received["RetriesExhausted"][0]
assert failed["requestContext"]["approximateInvokeCount"] == 2, failed
letter, message = received["dead letter"]
assert letter == {"fail": True}
assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "asked to"
assert message["MessageAttributes"]["RequestID"]["StringValue"] == failed["requestContext"]["requestId"]

functions.put_function_concurrency(FunctionName="boto3", ReservedConcurrentExecutions=0)
try:
    functions.invoke(FunctionName="boto3", Payload="{}")
    raise AssertionError("not throttled")
except functions.exceptions.TooManyRequestsException as error:
    assert error.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", error.response
location = functions.get_function(FunctionName="boto3")["Code"]["Location"]
assert urllib.request.urlopen(location).read() == code
print("all as expected")
