/** What a request asks of AWS, in the words of the recordings' faults. */
import type { IncomingMessage } from "node:http";
import type { TraceFault } from "../traces.ts";

export interface Asked {
  readonly service: string;
  readonly operation: string;
  readonly path: string;
  readonly isWrite: boolean;
  readonly shown: string;
}

export function operationOf({ method = "GET", url = "/", headers }: IncomingMessage, body: Buffer): Asked {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/(\w+)\//.exec(headers.authorization ?? "")?.[1] ?? "";
  const [path = "/"] = url.split("?");
  const target = String(headers["x-amz-target"] ?? "").split(".")[1];
  const named = target ?? /(?:^|&)Action=(\w+)/.exec(service === "sts" ? body.toString() : "")?.[1];
  const operation = named ?? restOperation(service, method, path);
  const isWrite =
    named === undefined
      ? method !== "GET" && method !== "HEAD" && operation !== "Invoke"
      : !/^(Get|List|Describe|Filter)/.test(named);
  return { service, operation, path, isWrite, shown: named ?? `${method} ${decodeURIComponent(path)}` };
}

/** Those that a trace's fault names, and what they are called with here: an object is got where the original looked at its head first. */
function restOperation(service: string, method: string, path: string): string {
  if (service === "s3") {
    const isObject = path.split("/").length > 2 && !path.endsWith("/");
    if (isObject && (method === "GET" || method === "HEAD")) return "HeadObject";
    return isObject && method === "PUT" ? "PutObject" : method;
  }
  if (path.endsWith("/invocations")) return "Invoke";
  if (/\/functions\/[^/]+(\/configuration)?$/.test(path))
    return method === "DELETE" ? "DeleteFunction" : "GetFunctionConfiguration";
  if (service === "apigateway" && /^\/restapis(\/\w+)?$/.test(path))
    return method === "POST" ? "CreateRestApi" : method === "DELETE" ? "DeleteRestApi" : method;
  return path.includes("/layers/") && method === "GET" ? "GetLayerVersion" : method;
}

/** The owner is asked of STS here, of IAM there. */
const SERVICES: Readonly<Record<string, string>> = { resourcegroupstaggingapi: "tagging", iam: "sts" };
const OPERATIONS: Readonly<Record<string, string>> = { GetUser: "GetCallerIdentity" };

export function isMeant({ service, operation, match }: TraceFault, asked: Asked): boolean {
  return (
    (SERVICES[service] ?? service) === asked.service &&
    (OPERATIONS[operation] ?? operation) === asked.operation &&
    (match === undefined || decodeURIComponent(asked.path).includes(match))
  );
}
