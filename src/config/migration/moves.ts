/** Where a key of an older scar.cfg stands today, or why it does not any more. */

/** Today's paths of the value, or the reason why nothing takes it. */
export type Fate = { readonly to: readonly string[] } | { readonly dropped: string };

/** By path in the old file; a path stands for all below it too. */
export type Moves = Readonly<Record<string, Fate>>;

const to = (...paths: string[]): Fate => ({ to: paths });
const OWN_SUPERVISOR: Fate = { dropped: "it is about the original's supervisor; this release has one of its own" };
const COMPUTED: Fate = { dropped: "it is computed from region, account and names" };
const resources = (name: string): Fate => to(`aws.batch.compute_resources.${name}`);

/** What no release of ours takes, whatever the file's version. */
export const NOT_TAKEN: Moves = {
  "aws.s3.event": { dropped: "S3's events are made by scar" },
  "aws.api_gateway.endpoint": COMPUTED,
  "aws.api_gateway.integration.uri": COMPUTED,
  "aws.api_gateway.service_id": COMPUTED,
  "aws.api_gateway.source_arn_testing": COMPUTED,
  "aws.api_gateway.source_arn_invocation": COMPUTED,
  "aws.api_gateway.request_parameters": { dropped: "aws.api_gateway.integration.requestParameters is what counts" },
  "aws.lambda.invocation_type": { dropped: "aws.lambda.asynchronous, or -a, decides" },
  "aws.lambda.log_type": { dropped: "a synchronous run always shows its log" },
};

export const FROM_1_0_9: Moves = { ...NOT_TAKEN, "aws.lambda.supervisor.version": OWN_SUPERVISOR };

/** The computing environment had its own state and type inside `compute_resources`. */
const computeResources: Moves = {
  "aws.batch.compute_resources.state": to("aws.batch.state"),
  "aws.batch.compute_resources.type": to("aws.batch.type"),
  "aws.batch.compute_resources.comp_type": resources("type"),
};

export const FROM_1_0_6: Moves = {
  ...FROM_1_0_9,
  ...computeResources,
  "aws.lambda.container.environment_variables": to("aws.lambda.container.environment.Variables"),
  "aws.lambda.container.udocker.bin": to("aws.lambda.environment.Variables.UDOCKER_BIN"),
  "aws.lambda.container.udocker.lib": to("aws.lambda.environment.Variables.UDOCKER_LIB"),
  "aws.lambda.container.udocker.dir": to("aws.lambda.environment.Variables.UDOCKER_DIR"),
  "aws.lambda.container.udocker.exec": to("aws.lambda.environment.Variables.UDOCKER_EXEC"),
};

export const FROM_1_0_0: Moves = {
  ...FROM_1_0_9,
  ...computeResources,
  "scar.faas-supervisor": OWN_SUPERVISOR,
  "scar.layers": OWN_SUPERVISOR,
  "scar.udocker": OWN_SUPERVISOR,
  "scar.udocker_info": OWN_SUPERVISOR,
  "scar.supervisor_version": OWN_SUPERVISOR,
  "aws.boto_profile": to("aws.iam.boto_profile", "aws.lambda.boto_profile"),
  "aws.region": to("aws.lambda.region"),
  "aws.execution_mode": to("aws.lambda.execution_mode"),
  "aws.lambda.time": to("aws.lambda.timeout"),
  "aws.lambda.timeout_threshold": to("aws.lambda.container.timeout_threshold"),
  "aws.lambda.max_payload_size": to("aws.lambda.deployment.max_payload_size"),
  "aws.lambda.max_s3_payload_size": to("aws.lambda.deployment.max_s3_payload_size"),
  "aws.batch.supervisor_image": OWN_SUPERVISOR,
  "aws.batch.comp_type": resources("type"),
  "aws.batch.type_inst": resources("type"),
  "aws.batch.desired_v_cpus": resources("desired_v_cpus"),
  "aws.batch.desiredvCpus": resources("desired_v_cpus"),
  "aws.batch.min_v_cpus": resources("min_v_cpus"),
  "aws.batch.minvCpus": resources("min_v_cpus"),
  "aws.batch.max_v_cpus": resources("max_v_cpus"),
  "aws.batch.maxvCpus": resources("max_v_cpus"),
  "aws.batch.subnets": resources("subnets"),
  "aws.batch.security_group_ids": resources("security_group_ids"),
  "aws.batch.securityGroupIds": resources("security_group_ids"),
  "aws.batch.instance_types": resources("instance_types"),
  "aws.batch.instanceTypes": resources("instance_types"),
  "aws.batch.instanceRole": resources("instance_role"),
  "aws.batch.serviceRole": to("aws.batch.service_role"),
};

export const FROM_INI: Moves = {
  lambda_description: to("aws.lambda.description"),
  lambda_memory: to("aws.lambda.memory"),
  lambda_time: to("aws.lambda.timeout"),
  lambda_region: to("aws.lambda.region"),
  lambda_role: to("aws.iam.role"),
  lambda_timeout_threshold: to("aws.lambda.container.timeout_threshold"),
};
