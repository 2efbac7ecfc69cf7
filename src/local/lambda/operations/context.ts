/** What the operations share. */
import { readBody } from "../../http/body.ts";
import { AwsError, type AwsRequest, type AwsResponse } from "../../service.ts";
import type { Deployer } from "../control/deployer.ts";
import type { FunctionStore } from "../control/function-store.ts";
import { object } from "../control/input.ts";
import type { LayerStore } from "../control/layer-store.ts";
import type { Concurrency } from "../invoke/concurrency.ts";
import type { Invocation, Outcome } from "../invoke/invocation.ts";
import type { Pool } from "../invoke/pool.ts";
import type { EventQueue } from "../invoke/queue.ts";
import type { FunctionRecord } from "../model.ts";
import { functionArn, functionName, functionNotFound, type Place } from "../names.ts";
import type { LambdaPorts } from "../ports.ts";

export interface Context {
  readonly place: Place;
  readonly ports: LambdaPorts;
  readonly functions: FunctionStore;
  readonly layers: LayerStore;
  readonly deployer: Deployer;
  readonly pool: Pool;
  readonly queue: EventQueue;
  readonly concurrency: Concurrency;
  /** Invokes an Active function. Throws AwsError: 429 when it is throttled, 404 when it is gone before its turn. */
  readonly run: (functionName: string, invocation: Invocation) => Promise<Outcome>;
  /** A new name for a zip that is being received. */
  readonly uploadPath: () => string;
  /** Throws AwsError when functions cannot be run on this machine. */
  readonly requireSandbox: () => Promise<void>;
}

/** @param args the variable parts of the path, decoded */
export type Operation = (context: Context, request: AwsRequest, args: readonly string[]) => Promise<AwsResponse>;

/** Documents without a zip: settings, tags, permissions. */
const MAX_DOCUMENT = 1024 * 1024;

export async function readDocument(request: AwsRequest): Promise<Readonly<Record<string, unknown>>> {
  const text = (await readBody(request.body, MAX_DOCUMENT)).toString("utf8");
  if (text === "") return {};
  try {
    return object(JSON.parse(text));
  } catch {
    throw new AwsError(400, "SerializationException", "Could not parse request body into json");
  }
}

export function answer(status: number, document: unknown): AwsResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}

export const noContent: AwsResponse = { status: 204 };

/** The function that a path names. */
export function requireFunction(context: Context, nameOrArn: string): FunctionRecord {
  const name = functionName(nameOrArn, context.place);
  const record = context.functions.get(name);
  if (!record) throw functionNotFound(functionArn(context.place, name));
  return record;
}

/** A page of a list: `Marker` is the index where the next one begins. */
export function page<T>(request: AwsRequest, all: readonly T[], key: string, most: number): AwsResponse {
  const asked = Number(request.query.get("MaxItems") ?? most);
  const from = Number(Buffer.from(request.query.get("Marker") ?? "MA==", "base64").toString());
  if (!Number.isInteger(from) || from < 0) throw new AwsError(400, "InvalidParameterValueException", "Invalid Marker");
  const to = from + Math.max(1, Math.min(asked || most, most));
  const more = to < all.length ? { NextMarker: Buffer.from(String(to)).toString("base64") } : {};
  return answer(200, { [key]: all.slice(from, to), ...more });
}
