/** What of a user's scar.cfg no function takes, and why: said when deploying. */
import type { Tree } from "../fdl/tree.ts";
import { DEFAULTS, OSCAR_DEFAULTS } from "./defaults.ts";
import { valueAt } from "./merge.ts";
import { userLeaves } from "./migration/leaves.ts";
import { NOT_TAKEN } from "./migration/moves.ts";
import { TO_1_0_9 } from "./migration/versions.ts";

/** Sections that only what is not served yet reads. */
const LATER = [
  "aws.api_gateway.http_method",
  "aws.api_gateway.integration",
  "aws.api_gateway.method.requestParameters",
  "aws.api_gateway.path_part",
  "aws.api_gateway.stage_name",
  "aws.batch",
  "aws.ecr",
  "oscar",
];
const SERVICES = ["iam", "s3", "api_gateway", "cloudwatch", "batch"];

/** `value` is the whole file. Values that are a default, of today or of SCAR, are nobody's wish. */
export function unusedNotices(value: Tree): string[] {
  const today = { aws: DEFAULTS, oscar: OSCAR_DEFAULTS };
  const set = new Set(userLeaves(value, today).map(({ keys }) => keys.join(".")));
  const own = userLeaves(value, TO_1_0_9)
    .map(({ keys }) => keys.join("."))
    .filter((path) => set.has(path));
  const below = (path: string, above: string): boolean => path === above || path.startsWith(`${above}.`);
  const notices: string[] = [];
  for (const [above, fate] of Object.entries(NOT_TAKEN)) {
    if ("dropped" in fate && own.some((path) => below(path, above)))
      notices.push(`${above} of scar.cfg is not used: ${fate.dropped}`);
  }
  const clients = SERVICES.flatMap((service) => otherClients(value, service).filter((path) => own.includes(path)));
  if (clients.length > 0) {
    notices.push(`${clients.join(", ")} of scar.cfg: not used: every service takes region and profile of aws.lambda`);
  }
  const told = (path: string): boolean =>
    clients.includes(path) ||
    Object.keys(NOT_TAKEN).some((above) => below(path, above)) ||
    path.endsWith(".boto_profile") ||
    path.endsWith(".region");
  const later = own.filter((path) => LATER.some((above) => below(path, above)) && !told(path));
  if (later.length > 0) notices.push(`${later.join(", ")} of scar.cfg: not supported yet`);
  return notices;
}

/** `region` and `boto_profile` of a service that are not those of `aws.lambda`. */
function otherClients(value: Tree, service: string): string[] {
  return ["region", "boto_profile"].flatMap((name) => {
    const own = valueAt(value, `aws.${service}.${name}`);
    if (own === undefined || own === null || own === valueAt(value, `aws.lambda.${name}`)) return [];
    return [`aws.${service}.${name}`];
  });
}
