/** Every field of an FDL's function and of scar.cfg's `aws` section: type and bounds (behaviour.md, section 3; aws-facts.md). */
import { BUCKET_NAME } from "./storage-path.ts";

export type Field =
  | {
      readonly kind: "text";
      readonly pattern?: RegExp;
      readonly expected?: string;
      readonly values?: readonly string[];
    }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "variables" }
  /** A text that no message shows. */
  | { readonly kind: "secret" }
  | { readonly kind: "storage-path" }
  | { readonly kind: "list"; readonly of: Field; readonly max?: number }
  | { readonly kind: "map"; readonly fields: Readonly<Record<string, Field>>; readonly required?: readonly string[] }
  | { readonly kind: "any" };

export type MapField = Extract<Field, { kind: "map" }>;

const text = (expected?: string, pattern?: RegExp): Field => ({
  kind: "text",
  ...(expected === undefined ? {} : { expected }),
  ...(pattern === undefined ? {} : { pattern }),
});
const oneOf = (...values: string[]): Field => ({ kind: "text", values });
const integer = (min: number, max: number): Field => ({ kind: "integer", min, max });
const list = (of: Field, max?: number): Field => ({ kind: "list", of, ...(max === undefined ? {} : { max }) });
const map = (fields: Readonly<Record<string, Field>>, ...required: string[]): MapField => ({
  kind: "map",
  fields,
  ...(required.length > 0 ? { required } : {}),
});
const boolean: Field = { kind: "boolean" };
const any: Field = { kind: "any" };
const variables = map({ Variables: { kind: "variables" } });
const anyInteger = integer(0, Number.MAX_SAFE_INTEGER);

/** Characters that AWS allows in a function's name; the length is its own limit. */
export const FUNCTION_NAME = /^[a-zA-Z0-9-_]{1,64}$/;
const nameField = text("1 to 64 letters, digits, '-' and '_'", FUNCTION_NAME);
const regionField = text("an AWS region like eu-west-1", /^[a-z]{2,}(-[a-z]+)+-\d+$/);
const file = text("a file name", /./);
/** Empty is "none set": scar.cfg is made so. */
const roleField = text(
  "an ARN like arn:aws:iam::123456789012:role/NAME",
  /^$|^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/.+$/,
);
const layerField = text(
  "the ARN of a layer's version",
  /^arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:\d+$/,
);
/** Standard queues and topics alone: Lambda sends to no FIFO ones. */
const destinationField = (expected: string, services: string, others = ""): Field =>
  text(expected, new RegExp(`^(?!.*\\.fifo$)(?:arn:aws[a-zA-Z-]*:(?:${services}):[a-z0-9-]+:\\d{12}:\\S+${others})$`));
const successField = destinationField("the ARN of a function, queue, topic or event bus", "lambda|sqs|sns|events");
const failureField = destinationField(
  "the ARN of a function, queue, topic, event bus or bucket",
  "lambda|sqs|sns|events",
  "|arn:aws[a-zA-Z-]*:s3:::[a-z0-9.-]+",
);
const deadLetterField = destinationField("the ARN of a queue or topic", "sqs|sns");

const client = { boto_profile: text(), region: regionField };

const storage = list(
  map(
    {
      storage_provider: text("s3, or TYPE.ID of a provider in storage_providers", /^[a-z0-9_]+(\..+)?$/),
      path: { kind: "storage-path" },
      prefix: list(text()),
      suffix: list(text()),
    },
    "storage_provider",
    "path",
  ),
);

const lambda = map({
  ...client,
  name: nameField,
  description: text("at most 256 characters", /^.{0,256}$/s),
  memory: integer(128, 10_240),
  timeout: integer(1, 900),
  runtime: text("nodejs24.x, or image", /^(nodejs\d+\.x|python3\.\d+|image)$/),
  execution_mode: oneOf("lambda", "lambda-batch", "batch"),
  asynchronous: boolean,
  invocation_type: text(),
  log_type: text(),
  log_level: { kind: "text", values: ["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"] },
  /** Lambda takes five: one is the supervisor's. */
  layers: list(layerField, 4),
  environment: variables,
  init_script: file,
  run_script: file,
  extra_payload: file,
  preheat: boolean,
  file_stage_in: boolean,
  input: storage,
  output: storage,
  container: map({
    image: text("a container image", /^\S+$/),
    image_file: file,
    environment: variables,
    timeout_threshold: integer(0, 899),
    registry_auth: map({ username: text(), password: { kind: "secret" } }, "username", "password"),
    alpine: boolean,
    create_image: boolean,
  }),
  supervisor: map({ version: text(), layer_name: text(), license_info: text() }),
  deployment: map({
    bucket: text("the name of a bucket", BUCKET_NAME),
    max_payload_size: anyInteger,
    max_s3_payload_size: anyInteger,
  }),
  ephemeral_storage: integer(512, 10_240),
  event_invoke_config: map({
    maximum_retry_attempts: integer(0, 2),
    maximum_event_age: integer(60, 21_600),
    on_success: successField,
    on_failure: failureField,
  }),
  dead_letter_queue: deadLetterField,
  vpc: any,
  file_system: any,
  architectures: list(oneOf("x86_64", "arm64"), 1),
});

/** One element of `functions.aws`. */
export const FUNCTION: MapField = map({
  lambda,
  iam: map({ ...client, role: roleField }),
  cloudwatch: map({ ...client, log_retention_policy_in_days: anyInteger, log_stream_name: text(), request_id: text() }),
  // Served later: only their names are known yet.
  api_gateway: any,
  batch: any,
  ecr: any,
  s3: any,
});

/** A whole FDL. */
export const FDL: MapField = map({
  functions: map({ aws: list(FUNCTION), oscar: any }),
  storage_providers: map({ s3: any, minio: any, onedata: any }),
  /** Command line options in a file, as the original's own merged configuration had them. */
  scar: any,
});

/** scar.cfg. */
export const CONFIG: MapField = map({ scar: map({ config_version: text() }), aws: FUNCTION, oscar: any });
