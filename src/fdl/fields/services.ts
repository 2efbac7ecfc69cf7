/** The sections `iam`, `cloudwatch`, `s3` and `ecr` of an AWS function. */
import { any, as, boolean, type IntegerField, map, text } from "../field.ts";
import { client, role } from "./aws.ts";

export const iam = map({
  ...client,
  role: as(role, "ARN of the execution role; required on AWS, here or in scar.cfg or with -r."),
});

/** CloudWatch Logs takes these numbers of days and no others (API reference of PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
const retention: IntegerField = { kind: "integer", min: 1, max: 3653, values: RETENTION_DAYS };

export const cloudwatch = map({
  ...client,
  log_retention_policy_in_days: as(retention, "Days that the function's log is kept."),
  log_stream_name: as(text(), "Stream that `scar log` shows (-ls)."),
  request_id: as(text(), "Request that `scar log` shows (-ri)."),
});

export const s3 = map({
  ...client,
  event: as(any, "Template of the event that the original sent for each file of `scar run`; not used."),
});

export const ecr = map({
  ...client,
  delete_image: as(boolean, "Whether `rm` removes the repository that `init` made (runtime `image`)."),
});
