/** The query protocol of IAM and STS: `Action=…&Version=…` as a form, answered in XML. */
import { AwsError, type AwsRequest, type AwsResponse, notServed } from "../service.ts";
import { readBody } from "./body.ts";
import { type XmlContent, xmlDocument } from "./xml.ts";

type QueryResult = Readonly<Record<string, XmlContent>> | undefined;

/** Answers the content of `<ActionResult>`; undefined for operations that AWS answers without one. */
export type QueryAction = (parameters: URLSearchParams, request: AwsRequest) => Promise<QueryResult> | QueryResult;

export interface QueryApi {
  readonly namespace: string;
  /** What is served; any other operation is answered 501. */
  readonly actions: Readonly<Record<string, QueryAction>>;
}

const MAX_BODY = 1024 * 1024;

export async function handleQuery(api: QueryApi, request: AwsRequest): Promise<AwsResponse> {
  const form = await readBody(request.body, MAX_BODY);
  const parameters = new URLSearchParams([...request.query, ...new URLSearchParams(form.toString())]);
  const name = parameters.get("Action") ?? "";
  const action = Object.hasOwn(api.actions, name) ? api.actions[name] : undefined;
  if (!action) {
    if (/^[A-Z][A-Za-z0-9]+$/.test(name)) throw notServed(name);
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
