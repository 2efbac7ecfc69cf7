"""What users of boto3 do with REST APIs: one made, deployed, called over HTTP (signed too), changed and deleted; ends with status 1 at the
first thing that is not AWS's.

Usage: boto3_api_gateway_check.py FUNCTION_ARN   (the AWS of the environment; the function answers with its event)
"""

import json
import os
import sys
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

FUNCTION = sys.argv[1]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
HEADER = "method.request.header.X-Amz-Invocation-Type"


def error_code(call, **arguments):
    """Code of the error that a call has to end with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise SystemExit(f"{call.__name__} {arguments} did not fail")


def http(url, data=None, headers=None):
    """Status, headers and body of a request, whatever its status."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers or {})) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def make(apis):
    """An API with one greedy resource."""
    api = apis.create_rest_api(name="boto3", endpointConfiguration={"types": ["REGIONAL"]}, tags={"team": "boto3"})
    resource = apis.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="{proxy+}")
    at = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "ANY"}
    apis.put_method(**at, authorizationType="NONE", requestParameters={HEADER: False})
    passed_on = {"integration.request.header.X-Amz-Invocation-Type": HEADER}
    apis.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=URI, requestParameters=passed_on)
    assert apis.get_integration(**at)["httpMethod"] == "POST"
    assert error_code(apis.put_method, **at, authorizationType="NONE") == "ConflictException"
    return api["id"], at


def check_pages(apis, api):
    """Resources and APIs by boto3's paginators, one on a page."""
    pages = apis.get_paginator("get_resources").paginate(restApiId=api, embed=["methods"], PaginationConfig={"PageSize": 1})
    found = {item["path"]: item for page in pages for item in page["items"]}
    assert sorted(found) == ["/", "/{proxy+}"], found
    assert found["/{proxy+}"]["resourceMethods"]["ANY"]["methodIntegration"]["type"] == "AWS_PROXY"
    apis.create_rest_api(name="other")
    pages = apis.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 1})
    items = [item for page in pages for item in page["items"]]
    assert sorted(item["name"] for item in items) == ["boto3", "other"], items
    apis.delete_rest_api(restApiId=next(item["id"] for item in items if item["name"] == "other"))


def check_calls(apis, awslambda, api, at):
    """Over HTTP: without permission, open, by the wrong path, and signed."""
    url = f"{ENDPOINT}/_aws/execute-api/{api}/s/a/b?x=1"
    assert http(url)[0] == 403
    apis.create_deployment(restApiId=api, stageName="s", variables={"colour": "grey"})
    assert http(url)[0] == 500
    awslambda.add_permission(
        FunctionName=FUNCTION,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{api}/*",
    )
    status, headers, body = http(url, data=b"text", headers={"Content-Type": "text/plain"})
    event = json.loads(body)
    assert status == 200 and headers["x-amz-apigw-id"], (status, body)
    assert event["body"] == "text" and event["pathParameters"] == {"proxy": "a/b"}, event
    assert event["stageVariables"] == {"colour": "grey"} and event["queryStringParameters"] == {"x": "1"}, event

    apis.update_method(**at, patchOperations=[{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}])
    assert http(url)[0] == 200
    apis.create_deployment(restApiId=api, stageName="s")
    assert json.loads(http(url)[2]) == {"message": "Missing Authentication Token"}
    request = AWSRequest("POST", url, data=b"{}", headers={"Content-Type": "application/json"})
    SigV4Auth(boto3.Session().get_credentials(), "execute-api", "us-east-1").add_auth(request)
    status, _, body = http(url, data=b"{}", headers=dict(request.headers))
    assert status == 200 and json.loads(body)["requestContext"]["identity"]["userArn"], (status, body)


def main():
    apis, awslambda, tagging = (boto3.client(name) for name in ("apigateway", "lambda", "resourcegroupstaggingapi"))
    api, at = make(apis)
    check_pages(apis, api)
    check_calls(apis, awslambda, api, at)
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api}"
    apis.tag_resource(resourceArn=arn, tags={"more": "ñ"})
    assert apis.get_tags(resourceArn=arn)["tags"] == {"team": "boto3", "more": "ñ"}
    found = tagging.get_resources(ResourceTypeFilters=["apigateway:restapis"])["ResourceTagMappingList"]
    assert [one["ResourceARN"] for one in found] == [arn], found
    apis.untag_resource(resourceArn=arn, tagKeys=["more"])
    assert apis.get_rest_api(restApiId=api)["tags"] == {"team": "boto3"}
    stage = apis.update_stage(restApiId=api, stageName="s", patchOperations=[{"op": "replace", "path": "/description", "value": "d"}])
    assert stage["description"] == "d" and len(apis.get_deployments(restApiId=api)["items"]) == 2
    assert error_code(apis.get_stage, restApiId=api, stageName="absent") == "NotFoundException"
    assert error_code(apis.create_resource, restApiId=api, parentId=at["resourceId"], pathPart="x") == "BadRequestException"
    assert error_code(apis.get_api_keys) == "NotImplemented"
    apis.delete_rest_api(restApiId=api)
    assert error_code(apis.get_rest_api, restApiId=api) == "NotFoundException"


main()
