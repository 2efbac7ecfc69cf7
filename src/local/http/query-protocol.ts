/** The query protocol of IAM and STS: `Action=…&Version=…` as a form, answered in XML. */
import { AwsError, type AwsRequest, type AwsResponse, notServed } from "../service.ts";
import { readBody } from "./body.ts";
import { type XmlContent, xmlDocument } from "./xml.ts";

/** Answers the content of `<ActionResult>`. */
export type QueryAction = (
  parameters: URLSearchParams,
  request: AwsRequest,
) => Promise<Readonly<Record<string, XmlContent>>> | Readonly<Record<string, XmlContent>>;

export interface QueryApi {
  readonly namespace: string;
  readonly actions: Readonly<Record<string, QueryAction>>;
  /** Operations that AWS has and this API does not serve. */
  readonly unserved: readonly string[];
}

const MAX_BODY = 1024 * 1024;

export async function handleQuery(api: QueryApi, request: AwsRequest): Promise<AwsResponse> {
  const form = await readBody(request.body, MAX_BODY);
  const parameters = new URLSearchParams([...request.query, ...new URLSearchParams(form.toString())]);
  const name = parameters.get("Action") ?? "";
  const action = Object.hasOwn(api.actions, name) ? api.actions[name] : undefined;
  if (!action) {
    if (api.unserved.includes(name)) throw notServed(name);
    throw new AwsError(400, "InvalidAction", `Could not find operation ${name}`);
  }
  const result = await action(parameters, request);
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: xmlDocument(
      `${name}Response`,
      { [`${name}Result`]: result, ResponseMetadata: { RequestId: request.requestId } },
      api.namespace,
    ),
  };
}
