"""What users of boto3 do with Lambda, CloudWatch Logs, IAM, SQS, EC2's launch templates and tags; ends with status 1 at the first thing that
is not AWS's.

Usage: boto3_services_check.py   (the AWS of the environment)
"""

import io
import json
import time
import zipfile

import boto3
from botocore.exceptions import ClientError

DEADLINE = 60
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
HANDLER = """
export const handler = async (event) => {
  console.log(JSON.stringify({ level: "info", n: event.n ?? 0 }));
  if (event.raise) throw new Error(event.raise);
  return { answer: process.env.ANSWER, layer: (await import("node:fs")).existsSync("/opt/layer.txt") };
};
"""


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


def zip_of(**files):
    """A zip in memory: name with _ for . → text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name.replace("_", "."))
            # zipfile's default, 0600, cannot be read by the function: not on AWS either.
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def check_iam(iam):
    """A role with policies of its own, of the account and of AWS; its refusals. Answers the ARN of a role for functions."""
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "a", "Value": "b"}])
    iam.get_waiter("role_exists").wait(RoleName="worker")
    assert iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"] == TRUST
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=json.dumps(document))
    assert iam.get_role_policy(RoleName="worker", PolicyName="inline")["PolicyDocument"] == document
    policy = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=policy)
    managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.attach_role_policy(RoleName="worker", PolicyArn=managed)
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName="worker", PaginationConfig={"PageSize": 1})
    attached = [found["PolicyArn"] for page in pages for found in page["AttachedPolicies"]]
    assert sorted(attached) == sorted([policy, managed]), attached
    assert error_code(iam.get_role, RoleName="absent") == "NoSuchEntity"
    assert error_code(iam.create_role, RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST)) == "EntityAlreadyExists"
    assert error_code(iam.delete_role, RoleName="worker") == "DeleteConflict"
    assert error_code(iam.put_role_policy, RoleName="worker", PolicyName="x", PolicyDocument="{") == "MalformedPolicyDocument"
    assert "worker" in [found["RoleName"] for page in iam.get_paginator("list_roles").paginate() for found in page["Roles"]]
    return role["Role"]["Arn"]


def remove_iam(iam):
    """In the order that AWS asks for."""
    for found in iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="worker", PolicyArn=found["PolicyArn"])
        if ":aws:policy/" not in found["PolicyArn"]:
            iam.delete_policy(PolicyArn=found["PolicyArn"])
    iam.delete_role_policy(RoleName="worker", PolicyName="inline")
    iam.delete_role(RoleName="worker")
    assert error_code(iam.get_role, RoleName="worker") == "NoSuchEntity"


def check_lambda(awslambda, sqs, role):
    """A function from its creation to its end, waited for as boto3's users do. Answers the URL of the queue of its failures."""
    layer = awslambda.publish_layer_version(LayerName="texts", Content={"ZipFile": zip_of(layer_txt="text")})
    created = awslambda.create_function(
        FunctionName="answers",
        Runtime="nodejs24.x",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zip_of(index_mjs=HANDLER)},
        Environment={"Variables": {"ANSWER": "41"}},
        Layers=[layer["LayerVersionArn"]],
        Tags={"team": "boto3"},
    )
    assert created["State"] == "Pending", created["State"]
    awslambda.get_waiter("function_active_v2").wait(FunctionName="answers")
    awslambda.update_function_configuration(FunctionName="answers", Environment={"Variables": {"ANSWER": "42"}}, Timeout=9)
    awslambda.get_waiter("function_updated_v2").wait(FunctionName="answers")
    answer = json.load(awslambda.invoke(FunctionName="answers", Payload=b"{}")["Payload"])
    assert answer == {"answer": "42", "layer": True}, answer
    failed = awslambda.invoke(FunctionName="answers", Payload=json.dumps({"raise": "wrong"}))
    assert failed["FunctionError"] == "Unhandled"
    assert json.load(failed["Payload"])["errorMessage"] == "wrong"
    changed = awslambda.update_function_code(FunctionName="answers", ZipFile=zip_of(index_mjs=HANDLER.replace("answer:", "reply:")))
    awslambda.get_waiter("function_updated_v2").wait(FunctionName="answers")
    assert changed["CodeSha256"] != created["CodeSha256"]
    assert "reply" in json.load(awslambda.invoke(FunctionName="answers", Payload=b"{}")["Payload"])

    awslambda.tag_resource(Resource=created["FunctionArn"], Tags={"more": "tags"})
    assert awslambda.list_tags(Resource=created["FunctionArn"])["Tags"] == {"team": "boto3", "more": "tags"}
    awslambda.put_function_concurrency(FunctionName="answers", ReservedConcurrentExecutions=0)
    assert error_code(awslambda.invoke, FunctionName="answers") == "TooManyRequestsException"
    awslambda.delete_function_concurrency(FunctionName="answers")

    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    destination = {"OnFailure": {"Destination": arn}}
    awslambda.put_function_event_invoke_config(FunctionName="answers", MaximumRetryAttempts=0, DestinationConfig=destination)
    assert awslambda.get_function_event_invoke_config(FunctionName="answers")["MaximumRetryAttempts"] == 0
    accepted = awslambda.invoke(FunctionName="answers", InvocationType="Event", Payload=json.dumps({"raise": "later"}))
    assert accepted["StatusCode"] == 202

    assert error_code(awslambda.create_function, FunctionName="answers", Runtime="nodejs24.x", Role=role, Handler="index.handler", Code={"ZipFile": zip_of(index_mjs="")}) == "ResourceConflictException"
    assert error_code(awslambda.get_function, FunctionName="absent") == "ResourceNotFoundException"
    assert error_code(awslambda.update_function_configuration, FunctionName="answers", MemorySize=99_999) == "ValidationException"
    return queue


def check_sqs(sqs, queue):
    """The record of the failed event, and what a user sends himself."""

    def receive():
        return sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages")

    (message,) = until("the record of the failure", receive)
    record = json.loads(message["Body"])
    assert record["requestPayload"] == {"raise": "later"}, record
    assert record["requestContext"]["condition"] == "RetriesExhausted", record
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    attributes = {"colour": {"DataType": "String", "StringValue": "grey"}}
    sqs.send_message(QueueUrl=queue, MessageBody="ñ", MessageAttributes=attributes)
    (message,) = until("the message", receive)
    assert message["Body"] == "ñ" and message["MessageAttributes"] == attributes
    sqs.delete_queue(QueueUrl=queue)
    assert error_code(sqs.get_queue_url, QueueName="failures") == "AWS.SimpleQueueService.NonExistentQueue"


def check_logs(logs):
    """What the function wrote, found by JSON patterns; groups and streams of a user's own."""
    pattern = '{ $.level = "info" && $.n = 0 }'
    request = {"logGroupName": "/aws/lambda/answers", "filterPattern": '"RequestId"'}
    until("the log", lambda: logs.filter_log_events(**request)["events"])
    logs.create_log_group(logGroupName="own", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="own", retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix="own")["logGroups"][0]["retentionInDays"] == 7
    logs.create_log_stream(logGroupName="own", logStreamName="s")
    now = int(time.time() * 1000)
    texts = [json.dumps({"level": "info", "n": n}) for n in range(3)] + ["plain"]
    events = [{"timestamp": now + n, "message": text} for n, text in enumerate(texts)]
    logs.put_log_events(logGroupName="own", logStreamName="s", logEvents=events)
    found = logs.filter_log_events(logGroupName="own", filterPattern=pattern)["events"]
    assert [event["message"] for event in found] == texts[:1], found
    page = logs.get_log_events(logGroupName="own", logStreamName="s", startFromHead=True, limit=2)
    rest = logs.get_log_events(logGroupName="own", logStreamName="s", startFromHead=True, nextToken=page["nextForwardToken"])
    assert [event["message"] for event in page["events"] + rest["events"]] == texts
    assert error_code(logs.put_retention_policy, logGroupName="own", retentionInDays=2) == "InvalidParameterException"
    logs.delete_log_group(logGroupName="own")
    assert error_code(logs.filter_log_events, logGroupName="own") == "ResourceNotFoundException"


def check_tags(tagging):
    """The function by its tag."""
    filters = [{"Key": "team", "Values": ["boto3"]}]
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=filters, ResourceTypeFilters=["lambda:function"])
    arns = [found["ResourceARN"] for page in pages for found in page["ResourceTagMappingList"]]
    assert [arn.rsplit(":", 1)[1] for arn in arns] == ["answers"], arns


def check_launch_templates(ec2):
    """A template, a version of it and its end."""
    data = {"UserData": "Zm9v", "InstanceType": "t3.micro"}
    template = ec2.create_launch_template(LaunchTemplateName="machine", LaunchTemplateData=data)["LaunchTemplate"]
    ec2.create_launch_template_version(LaunchTemplateName="machine", LaunchTemplateData={"UserData": "YmFy"})
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"])
    assert versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"] == "YmFy"
    assert error_code(ec2.create_launch_template, LaunchTemplateName="machine", LaunchTemplateData=data) == "InvalidLaunchTemplateName.AlreadyExistsException"
    ec2.delete_launch_template(LaunchTemplateName="machine")
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []


def main():
    names = ("iam", "lambda", "sqs", "logs", "resourcegroupstaggingapi", "ec2")
    iam, awslambda, sqs, logs, tagging, ec2 = (boto3.client(name) for name in names)
    role = check_iam(iam)
    queue = check_lambda(awslambda, sqs, role)
    check_sqs(sqs, queue)
    check_logs(logs)
    check_tags(tagging)
    check_launch_templates(ec2)
    awslambda.delete_function(FunctionName="answers")
    remove_iam(iam)


main()
