/** The `lambda` section of an AWS function. */
import { as, boolean, environment, integer, list, map, oneOf, oneOfAnyCase, type Rule, text } from "../field.ts";
import { BUCKET_NAME } from "../storage-path.ts";
import { client, destination, FUNCTION_NAME, file, layer, securityGroup, subnet } from "./aws.ts";
import { container } from "./container.ts";
import { logLevel, storage } from "./storage.ts";

const destinationField = destination("the ARN of a function, queue, topic or event bus", "lambda|sqs|sns|events");
const failureField = destination(
  "the ARN of a function, queue, topic, event bus or bucket",
  "lambda|sqs|sns|events",
  "|arn:aws[a-zA-Z-]*:s3:::[a-z0-9.-]+",
);

/** Lambda's limits: 16 subnets, 5 security groups. */
const vpc = map(
  {
    SubnetIds: as(list(subnet, 16), "Subnets that the function's network interfaces are in."),
    SecurityGroupIds: as(list(securityGroup, 5), "Security groups of these interfaces."),
    Ipv6AllowedForDualStack: as(boolean, "Outgoing IPv6 in subnets that have both."),
  },
  "SubnetIds",
  "SecurityGroupIds",
);

const fileSystem = map(
  {
    Arn: as(
      text(
        "the ARN of an access point",
        /^arn:aws[a-zA-Z-]*:(elasticfilesystem|s3files):[a-z0-9-]+:\d{12}:\S+$/,
        "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0a1b2c3d4e5f60718",
      ),
      "ARN of an access point of EFS (or S3 Files).",
    ),
    LocalMountPath: as(
      text("a folder right below /mnt, like /mnt/efs", /^\/mnt\/[a-zA-Z0-9-_.]{1,155}$/, "/mnt/efs"),
      "Where the function sees it.",
    ),
  },
  "Arn",
  "LocalMountPath",
);

const supervisor = map({
  version: as(
    text("latest, or a release", /^\S+$/, "latest"),
    "latest, or a release whose layer was published before.",
  ),
  layer_name: as(
    text("1 to 140 letters, digits, '-' and '_'", /^[a-zA-Z0-9-_]{1,140}$/, "scar-supervisor"),
    "Name of the layer that holds it.",
  ),
  license_info: as(text("at most 512 characters", /^[\s\S]{0,512}$/), "Licence that the layer names."),
});

const deployment = map({
  bucket: as(
    text("the name of a bucket", BUCKET_NAME, "my-deployments"),
    "Bucket through which a package above 50 MB travels.",
  ),
  max_payload_size: as(integer(0), "Bytes of the package that go to Lambda directly; 50 MB is Lambda's own limit."),
  max_s3_payload_size: as(integer(0), "Bytes of the unpacked package; 250 MB is Lambda's own limit."),
});

const eventInvokeConfig = map({
  maximum_retry_attempts: as(integer(0, 2), "Attempts after the first one that failed; AWS's default 2."),
  maximum_event_age: as(integer(60, 21_600), "Seconds that an event may wait; AWS's default 21600."),
  on_success: as(destinationField, "Gets a record of each event that succeeded."),
  on_failure: as(failureField, "Gets a record of each event that was given up; a bucket may too."),
});

/** EFS is reached through the VPC's network alone. */
const fileSystemNeedsVpc: Rule = (lambda) =>
  Array.isArray(lambda["file_system"]) && lambda["file_system"].length > 0 && lambda["vpc"] == null
    ? [{ key: "file_system", message: "needs lambda.vpc: file systems are reached through its subnets" }]
    : [];

export const lambda = {
  ...map({
    ...client,
    name: as(
      text("1 to 64 letters, digits, '-' and '_'", FUNCTION_NAME, "grey"),
      "Name of the function; required, here or with -n.",
    ),
    description: as(text("at most 256 characters", /^[\s\S]{0,256}$/), "Description."),
    memory: as(integer(128, 10_240), "Memory in MB; processor time grows with it."),
    timeout: as(integer(1, 900), "Seconds that one execution may take."),
    runtime: as(
      text("nodejs24.x, or image", /^(nodejs\d+\.x|python3\.\d+|image)$/, "nodejs24.x"),
      "Lambda runtime of the function itself, not of the container; python3.x of older files becomes the default.",
    ),
    execution_mode: as(
      oneOfAnyCase("lambda", "lambda-batch", "batch"),
      "Where it runs: Lambda, Batch, or Batch when Lambda's time is over.",
    ),
    asynchronous: as(boolean, "Whether `scar run` does not wait for the result."),
    invocation_type: as(
      oneOf("RequestResponse", "Event", "DryRun"),
      "Of the original's configuration; `asynchronous` decides.",
    ),
    log_type: as(oneOf("None", "Tail"), "Of the original's configuration: the log's end is always asked for."),
    log_level: as(logLevel, "What the supervisor logs."),
    /** Lambda takes five: one is the supervisor's. */
    layers: as(list(layer, 4), "ARNs of layers beside the supervisor's own, which scar adds by itself."),
    environment: as(environment, "Variables of the function; those of the script go into `container.environment`."),
    init_script: as(file, "Script that runs in the container for every event."),
    run_script: as(file, "Script that `scar run` sends in its place."),
    c_args: as(list(text()), "Command of `scar run` for the container; given on the command line."),
    extra_payload: as(file, "Folder or file to pack into the function."),
    preheat: as(boolean, "Whether `init` runs the function once, so that the image is there."),
    file_stage_in: as(boolean, "False: the input file is not downloaded, the script gets its event alone."),
    input: as(storage, "Files put here start the function."),
    output: as(storage, "Where the files go that the script leaves in $TMP_OUTPUT_DIR."),
    container: as(container, "The container that the script runs in."),
    supervisor: as(supervisor, "The program that fetches the image and runs the script."),
    deployment: as(deployment, "How the package travels."),
    ephemeral_storage: as(
      integer(512, 10_240),
      "MB of /tmp: the unpacked image and the files have to fit; AWS's default 512.",
    ),
    event_invoke_config: as(
      eventInvokeConfig,
      "What Lambda does with events that it runs asynchronously, those of files among them.",
    ),
    dead_letter_queue: as(destination("the ARN of a queue or topic", "sqs|sns"), "Gets the events that were given up."),
    vpc: as(vpc, "Network of the function."),
    file_system: as(list(fileSystem, 1), "File systems to mount; needs `vpc`."),
    architectures: as(list(oneOf("x86_64", "arm64"), 1), "Processor of the function and its image."),
  }),
  rule: fileSystemNeedsVpc,
  moved: {
    image: "container.image",
    image_file: "container.image_file",
    timeout_threshold: "container.timeout_threshold",
    registry_auth: "container.registry_auth",
    time: "timeout",
    bucket: "deployment.bucket",
    role: "iam.role, beside lambda",
  },
};
