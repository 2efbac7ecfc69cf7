/** Names and ARNs of functions and layers. */
import { AwsError, notServed } from "../service.ts";

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

export const functionArn = (place: Place, name: string): string =>
  `arn:aws:lambda:${place.region}:${place.accountId}:function:${name}`;

export const layerArn = (place: Place, name: string): string =>
  `arn:aws:lambda:${place.region}:${place.accountId}:layer:${name}`;

const FUNCTION =
  /^(?:arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):function:|(?:(\d{12}):)?(?:function:)?)([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;

/** Versions and aliases are not served, and naming one must not lead to $LATEST. */
export function checkQualifier(qualifier: string): void {
  if (qualifier !== "$LATEST") throw notServed(`The qualifier '${qualifier}' (a version or an alias)`);
}

/** The name inside a function name, a partial ARN or an ARN. Throws 501 for a version or alias other than $LATEST. */
export function functionName(text: string, place: Place): string {
  const match = FUNCTION.exec(text);
  const [, region = place.region, arnAccount, shortAccount, name = "", qualifier = "$LATEST"] = match ?? [];
  if (match === null || name.length > 64) {
    throw new AwsError(
      400,
      "ValidationException",
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must be a function name of at most 64 letters, digits, hyphens and underscores, or a function ARN`,
    );
  }
  const account = arnAccount ?? shortAccount ?? place.accountId;
  if (region !== place.region || account !== place.accountId) throw functionNotFound(text);
  checkQualifier(qualifier);
  return name;
}

export function functionNotFound(nameOrArn: string): AwsError {
  return new AwsError(404, "ResourceNotFoundException", `Function not found: ${nameOrArn}`);
}

const LAYER = /^(?:arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:\d{12}:layer:)?([a-zA-Z0-9-_]{1,140})$/;

/** The name inside a layer name or a layer ARN without version. */
export function layerName(text: string): string {
  const name = LAYER.exec(text)?.[1];
  if (name === undefined) {
    throw new AwsError(
      400,
      "ValidationException",
      `1 validation error detected: Value '${text}' at 'layerName' failed to satisfy constraint: Member must be a layer name or a layer ARN`,
    );
  }
  return name;
}

/** Layer name and version inside a layer version's ARN; undefined when it is none. */
export function parseLayerVersionArn(arn: string): { readonly name: string; readonly version: number } | undefined {
  const match = /^arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:\d{12}:layer:([a-zA-Z0-9-_]{1,140}):(\d+)$/.exec(arn);
  return match ? { name: match[1]!, version: Number(match[2]) } : undefined;
}
