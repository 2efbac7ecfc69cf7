/** What the operations share. */
import type { AwsRequest, AwsResponse } from "../../service.ts";
import { badRequest, noSuchApi, noSuchDeployment, noSuchIntegration, noSuchMethod, noSuchResource } from "../errors.ts";
import { type Deployment, type Integration, LIMITS, type Method, type Resource, type RestApi } from "../model.ts";
import type { ApiStore } from "../store.ts";

export interface Context {
  readonly store: ApiStore;
  readonly accountId: string;
  readonly region: string;
  /** Throws AwsError `TooManyRequestsException` when APIs are deleted faster than the server was told to allow. */
  readonly countDeletion: () => void;
}

/** @param args the variable parts of the path, decoded */
export type Operation = (
  context: Context,
  request: AwsRequest,
  args: readonly string[],
) => Promise<AwsResponse> | AwsResponse;

export function answer(status: number, document: unknown): AwsResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}

export const accepted: AwsResponse = { status: 202 };
export const noContent: AwsResponse = { status: 204 };

export function requireApi({ store, accountId }: Context, id: string): RestApi {
  const api = store.get(id);
  if (!api) throw noSuchApi(accountId, id);
  return api;
}

export function requireResource(api: RestApi, id: string): Resource {
  const resource = api.resources.find((one) => one.id === id);
  if (!resource) throw noSuchResource();
  return resource;
}

export function requireDeployment(api: RestApi, id: string): Deployment {
  const deployment = api.deployments.find((one) => one.id === id);
  if (!deployment) throw noSuchDeployment();
  return deployment;
}

export interface FoundMethod {
  readonly api: RestApi;
  readonly resource: Resource;
  readonly method: Method;
}

/** The method that the path's first three parts name. */
export function requireMethod(context: Context, [apiId, resourceId, verb]: readonly string[]): FoundMethod {
  const api = requireApi(context, apiId!);
  const resource = requireResource(api, resourceId!);
  const method = member(resource.resourceMethods, verb!);
  if (!method) throw noSuchMethod();
  return { api, resource, method };
}

export function requireIntegration(method: Method): Integration {
  if (!method.methodIntegration) throw noSuchIntegration();
  return method.methodIntegration;
}

export function saveResource(context: Context, api: RestApi, resource: Resource): void {
  const resources = api.resources.map((one) => (one.id === resource.id ? resource : one));
  context.store.put({ ...api, resources });
}

/** Puts a method in the place of the one before; undefined takes it away. */
export function saveMethod(context: Context, found: Omit<FoundMethod, "method">, verb: string, method?: Method): void {
  const resourceMethods = withMember(found.resource.resourceMethods, verb, method);
  saveResource(context, found.api, { ...found.resource, resourceMethods });
}

export function member<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The record with that member, or without it when it is undefined. */
export function withMember<T>(record: Readonly<Record<string, T>> | undefined, key: string, value: T | undefined) {
  const entries = Object.entries(record ?? {}).filter(([name]) => name !== key);
  return Object.fromEntries(value === undefined ? entries : [...entries, [key, value] as const]);
}

/**
 * A page of a list: `limit` items (25 when it is not said, at most 500) after the one that `position` names.
 * @param items by id, ascending
 */
export function page<T extends { readonly id: string }>(
  { query }: Pick<AwsRequest, "query">,
  items: readonly T[],
  show: (item: T) => unknown,
): AwsResponse {
  const limit = Number(query.get("limit") ?? LIMITS.page);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest("limit must be greater than 0");
  const after = Buffer.from(query.get("position") ?? "", "base64").toString();
  if (!/^[a-z0-9]*$/.test(after)) throw badRequest("Invalid position specified");
  const rest = items.filter(({ id }) => id > after);
  const shown = rest.slice(0, Math.min(limit, LIMITS.mostPerPage));
  const more = rest.length > shown.length;
  return answer(200, {
    ...(more && { position: Buffer.from(shown.at(-1)!.id).toString("base64") }),
    item: shown.map(show),
  });
}
