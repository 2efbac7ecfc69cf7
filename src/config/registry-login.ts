/** `container.registry_auth`: what stands there as `${env:NAME}` is taken from the environment of the command. */
import type { Problem } from "../errors.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { Place } from "./check.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface WithLogins {
  readonly specs: readonly FunctionSpec[];
  readonly problems: readonly Problem[];
}

/** The functions with their logins filled in, and a problem for every variable that is not set. */
export function withRegistryLogins(specs: readonly FunctionSpec[], env: Env, place: Place): WithLogins {
  const problems: Problem[] = [];
  const filled = specs.map((spec, i) => {
    const { registry_auth: login, ...container } = spec.lambda.container;
    if (login === undefined) return spec;
    const read = (field: "username" | "password"): string => {
      const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(login[field])?.[1];
      if (name === undefined) return login[field];
      const value = env[name];
      if (!value) {
        const path = `lambda.container.registry_auth.${field}`;
        problems.push({ ...place(i, path), message: `the environment variable ${name} is not set` });
      }
      return value ?? "";
    };
    const registry_auth = { username: read("username"), password: read("password") };
    return { ...spec, lambda: { ...spec.lambda, container: { ...container, registry_auth } } };
  });
  return { specs: filled, problems };
}
