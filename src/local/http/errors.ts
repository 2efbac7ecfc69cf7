/** AWS's errors on the wire, in each protocol's form. */
import type { AwsError, AwsResponse, ErrorStyle } from "../service.ts";
import { xmlDocument } from "./xml.ts";

/** What every service sends with every answer. */
export function requestIdHeaders(style: ErrorStyle, requestId: string): Record<string, string> {
  return style === "s3-xml"
    ? { "x-amz-request-id": requestId, "x-amz-id-2": Buffer.from(requestId).toString("base64") }
    : { "x-amzn-requestid": requestId };
}

/** @param resource path of the request, named in S3's document. */
export function errorResponse(error: AwsError, style: ErrorStyle, requestId: string, resource: string): AwsResponse {
  const { status, code, message, details } = error;
  switch (style) {
    case "s3-xml":
      return {
        status,
        headers: { "content-type": "application/xml" },
        body: xmlDocument("Error", {
          Code: code,
          Message: message,
          ...details,
          Resource: resource,
          RequestId: requestId,
        }),
      };
    case "query-xml":
      return {
        status,
        headers: { "content-type": "text/xml" },
        body: xmlDocument("ErrorResponse", {
          Error: { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message, ...details },
          RequestId: requestId,
        }),
      };
    case "ec2-xml":
      return {
        status,
        headers: { "content-type": "text/xml;charset=UTF-8" },
        body: xmlDocument("Response", {
          Errors: { Error: { Code: code, Message: message, ...details } },
          RequestID: requestId,
        }),
      };
    case "json-1.1":
      return {
        status,
        headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code },
        body: JSON.stringify({ __type: code, message, ...details }),
      };
    case "apigateway-json":
      return {
        status,
        headers: { "content-type": "application/json", "x-amzn-errortype": code },
        body: JSON.stringify({ message, ...details }),
      };
    case "rest-json":
      return {
        status,
        headers: { "content-type": "application/json", "x-amzn-errortype": code },
        body: JSON.stringify({ Type: status < 500 ? "User" : "Service", Message: message, ...details }),
      };
  }
}
