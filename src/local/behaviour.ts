/**
 * How the local AWS misbehaves on purpose, for tests; off by default. `SCAR_LOCAL_BEHAVIOUR` when the server starts:
 * `latency=200,throttle=0.1,error=0.05,tagging-delay=3000,time-scale=0.01`.
 */
import { EXIT, ScarError } from "../errors.ts";

export interface Behaviour {
  /** Every answer comes this much later; ms, default 0. */
  readonly latencyMs: number;
  /** Share of requests that are refused as AWS throttles; 0 to 1, default 0. */
  readonly throttleRate: number;
  /** Share of requests that are answered with the service's internal error, before anything was done; 0 to 1, default 0. */
  readonly errorRate: number;
  /** The tagging API shows a change of tags this much later; ms, default 0. */
  readonly taggingDelayMs: number;
  /** After the deletion of a REST API the next is refused for this long, as on AWS for 30 s; ms, default 0. */
  readonly apiDeletionPauseMs: number;
  /** Factor of the times that Lambda waits between attempts of an asynchronous invocation and keeps its event; default 1. */
  readonly timeScale: number;
}

export const BEHAVIOUR_VARIABLE = "SCAR_LOCAL_BEHAVIOUR";

const SWITCHES: Readonly<Record<string, { readonly name: keyof Behaviour; readonly most: number }>> = {
  latency: { name: "latencyMs", most: 60_000 },
  throttle: { name: "throttleRate", most: 1 },
  error: { name: "errorRate", most: 1 },
  "tagging-delay": { name: "taggingDelayMs", most: 600_000 },
  "api-deletion-pause": { name: "apiDeletionPauseMs", most: 60_000 },
  "time-scale": { name: "timeScale", most: 1 },
};

export const WELL_BEHAVED: Behaviour = {
  latencyMs: 0,
  throttleRate: 0,
  errorRate: 0,
  taggingDelayMs: 0,
  apiDeletionPauseMs: 0,
  timeScale: 1,
};

/** Throws ScarError `InvalidBehaviour`, naming the part that is wrong. */
export function readBehaviour(text: string | undefined): Behaviour {
  const parts = (text ?? "").split(",").filter((part) => part.trim() !== "");
  return Object.assign({}, WELL_BEHAVED, ...parts.map(readSwitch)) as Behaviour;
}

function readSwitch(part: string): Partial<Behaviour> {
  const [name = "", value = ""] = part.split("=").map((side) => side.trim());
  const known = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
  const number = value === "" ? Number.NaN : Number(value);
  if (known && number >= 0 && number <= known.most) return { [known.name]: number };
  const expected = Object.entries(SWITCHES).map(([key, { most }]) => `${key}=0…${most}`);
  throw new ScarError("InvalidBehaviour", `${BEHAVIOUR_VARIABLE}: '${part.trim()}' is not understood`, {
    hint: `use ${expected.join(", ")}`,
    exitCode: EXIT.usage,
  });
}
