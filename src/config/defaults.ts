/** The built-in defaults, in scar.cfg's shape and terms: SCAR's, with the values that AWS accepts today. */

export const DEFAULT_REGION = "us-east-1";
export const DEFAULT_RUNTIME = "nodejs24.x";

/** Lets a caller of the API ask for an asynchronous run. */
const INVOCATION_HEADER = "request.header.X-Amz-Invocation-Type";

/**
 * The sections of one element of `functions.aws`; also what a new scar.cfg is made of. No section names a region or a profile: all
 * inherit one. ARNs and endpoints, which SCAR's file spells out for one partition, are computed.
 */
export const DEFAULTS = {
  iam: { role: "" },
  lambda: {
    execution_mode: "lambda",
    timeout: 300,
    memory: 512,
    description: "Automatically generated lambda function",
    runtime: DEFAULT_RUNTIME,
    layers: [],
    asynchronous: false,
    log_level: "INFO",
    environment: { Variables: { UDOCKER_DIR: "/tmp/shared/udocker" } },
    deployment: { max_payload_size: 52_428_800, max_s3_payload_size: 262_144_000 },
    container: { environment: { Variables: {} }, timeout_threshold: 10 },
    supervisor: { version: "latest", layer_name: "scar-supervisor", license_info: "Apache 2.0" },
  },
  s3: {},
  api_gateway: {
    http_method: "ANY",
    method: { authorizationType: "NONE", requestParameters: { [`method.${INVOCATION_HEADER}`]: false } },
    integration: {
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      requestParameters: { [`integration.${INVOCATION_HEADER}`]: `method.${INVOCATION_HEADER}` },
    },
    path_part: "{proxy+}",
    stage_name: "scar",
  },
  cloudwatch: { log_retention_policy_in_days: 30 },
  batch: {
    vcpus: 1,
    /** MiB */
    memory: 1024,
    enable_gpu: false,
    state: "ENABLED",
    type: "MANAGED",
    environment: { Variables: {} },
    compute_resources: {
      security_group_ids: [],
      type: "EC2",
      desired_v_cpus: 0,
      min_v_cpus: 0,
      max_v_cpus: 2,
      subnets: [],
      /** Batch takes today's families of the region by it; SCAR's m3.medium is of a generation that new accounts do not get. */
      instance_types: ["optimal"],
      launch_template_name: "faas-supervisor",
      /** The profile's name: Batch takes it for its ARN, in any account and partition. */
      instance_role: "ecsInstanceRole",
    },
    /** None: Batch then takes its service-linked role, which exists or is made in every account. */
    service_role: "",
    multi_node_parallel: { enabled: false, number_nodes: 10, main_node_index: 0 },
  },
  ecr: { delete_image: true },
} as const;

/** scar.cfg's `oscar` section: what the services of a cluster in an FDL have below them, by the cluster's id. */
export const OSCAR_DEFAULTS = {
  my_oscar: {
    endpoint: "",
    auth_user: "",
    auth_password: "",
    ssl_verify: true,
    memory: "256Mi",
    cpu: "0.2",
    log_level: "INFO",
  },
} as const;

/** Version of scar.cfg's format. */
export const CONFIG_VERSION = "1.1.0";
