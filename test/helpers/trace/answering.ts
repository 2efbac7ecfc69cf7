/** Code of the functions that stand for the recordings'. */

/** To what comes by an endpoint it answers as the stand-in's endpoints did. */
const TO_ENDPOINTS = `
  if (event?.requestContext?.apiId) {
    const { httpMethod, headers, requestContext, body } = event;
    const query = new URLSearchParams(
      Object.entries(event.multiValueQueryStringParameters ?? {}).flatMap(([key, all]) => all.map((one) => [key, one])),
    );
    const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "None";
    const told =
      "fake container output: " + httpMethod + " " + requestContext.path + " query=" + query +
      " content-type=" + type + " len=" + (body ?? "").length + "\\n";
    const own = {
      "amz-lambda-request-id": context.awsRequestId,
      "amz-log-group-name": "/aws/lambda/fn",
      "amz-log-stream-name": "2025/11/21/[$LATEST]abc",
    };
    return { statusCode: 200, headers: own, body: Buffer.from(told).toString("base64"), isBase64Encoded: true };
  }
`;

/** Answers as the stand-in's functions and endpoints did, with the event as Python writes JSON, or fails. */
export const answering = (fails: boolean) => `
const python = (value) => {
  if (Array.isArray(value)) return "[" + value.map(python).join(", ") + "]";
  if (typeof value === "object" && value !== null)
    return "{" + Object.entries(value).map(([key, item]) => python(key) + ": " + python(item)).join(", ") + "}";
  return JSON.stringify(value).replace(/[\\u0080-\\uffff]/g, (c) => "\\\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
};
export const handler = async (event, context) => {
  ${fails ? 'throw new Error("as it was told to");' : ""}
  ${TO_ENDPOINTS}
  const output = "fake container output of " + context.functionName + " for event " + python(event) + "\\n";
  const headers = {
    "amz-lambda-request-id": context.awsRequestId,
    "amz-log-group-name": context.logGroupName,
    "amz-log-stream-name": context.logStreamName,
  };
  console.log(output);
  return { statusCode: 200, headers, body: Buffer.from(output).toString("base64"), isBase64Encoded: true };
};
`;
