/** The call of the function behind a method, with API Gateway's limit of time and its answers for what goes wrong. */
import { AwsError, type FunctionCaller, type FunctionCallType } from "../../service.ts";
import type { Integration } from "../model.ts";
import { functionOfUri } from "../operations/integrations.ts";
import type { Exchange } from "./exchange.ts";
import { badAnswer, internalError, payloadTooLarge, timedOut } from "./refusal.ts";

export interface CallPorts {
  readonly functions: FunctionCaller;
  readonly region: string;
}

/**
 * What the function answered; empty for a call that nobody waits for. Throws refusals: 413 for an event larger than Lambda takes, 500 for a
 * call that Lambda did not take, 502 for a function that failed, 504 for one that did not answer in time (it goes on running).
 */
export async function callFunction(
  { functions, region }: CallPorts,
  exchange: Exchange,
  integration: Integration,
  event: unknown,
): Promise<Buffer> {
  const { request, api, stage, route, tracing, accountId } = exchange;
  const deadline = new Deadline(integration.timeoutInMillis);
  const answered = functions.call({
    functionArn: functionOfUri(integration.uri) ?? "",
    service: "apigateway.amazonaws.com",
    sourceArn: `arn:aws:execute-api:${region}:${accountId}:${api.id}/${stage.stageName}/${request.method}${route.resource.path}`,
    sourceAccount: accountId,
    type: invocationType(exchange, integration),
    payload: Buffer.from(JSON.stringify(event)),
    requestId: tracing.lambdaRequestId,
    traceId: tracing.traceId,
    // This machine runs a few functions at once where AWS runs hundreds: waiting for a turn is no time of the function's.
    onStart: () => deadline.begin(),
  });
  try {
    const { payload, failed } = await Promise.race([answered, deadline.passed]);
    if (failed) throw badAnswer();
    return payload;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw error.status === 413 && integration.type === "AWS_PROXY" ? payloadTooLarge() : internalError();
  } finally {
    deadline.end();
  }
}

class Deadline {
  readonly passed: Promise<never>;
  readonly #ms: number;
  #pass: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
    this.passed = new Promise((_, reject) => {
      this.#pass = () => reject(timedOut());
    });
  }

  begin(): void {
    this.#timer ??= setTimeout(this.#pass, this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** By the integration's request parameter; a value that Lambda does not know makes it refuse the call. */
function invocationType({ request }: Exchange, { requestParameters = {} }: Integration): FunctionCallType {
  const source = Object.values(requestParameters)[0] ?? "";
  const header = /^method\.request\.header\.(.+)$/.exec(source)?.[1];
  const value = header === undefined ? source.slice(1, -1) : request.headers[header.toLowerCase()];
  if (value === undefined || value === "" || value === "RequestResponse") return "RequestResponse";
  if (value === "Event" || value === "DryRun") return value;
  throw internalError();
}
