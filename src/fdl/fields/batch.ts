/** The `batch` section of an AWS function. */
import { as, boolean, digits, environment, integer, list, map, oneOf, type Rule, text } from "../field.ts";
import { client, instanceProfile, securityGroup, serviceRole, subnet } from "./aws.ts";

/** Only where the map itself has both: a default may be on the other side. */
const order: Rule = (value) => {
  const [min, desired, max] = ["min_v_cpus", "desired_v_cpus", "max_v_cpus"].map((key) => value[key]);
  const above = (low: unknown, high: unknown): boolean =>
    typeof low === "number" && typeof high === "number" && low > high;
  return [
    ...(above(min, max) ? [{ key: "min_v_cpus", message: `must be at most max_v_cpus, ${max}, not ${min}` }] : []),
    ...(above(desired, max)
      ? [{ key: "desired_v_cpus", message: `must be at most max_v_cpus, ${max}, not ${desired}` }]
      : []),
    ...(above(min, desired)
      ? [{ key: "desired_v_cpus", message: `must be at least min_v_cpus, ${min}, not ${desired}` }]
      : []),
  ];
};

const mainNode: Rule = (value) => {
  const nodes = Number(value["number_nodes"] ?? Number.NaN);
  const main = Number(value["main_node_index"] ?? Number.NaN);
  return main >= nodes
    ? [{ key: "main_node_index", message: `must be below number_nodes, ${nodes}, not ${main}: nodes count from 0` }]
    : [];
};

const computeResources = {
  ...map({
    type: as(oneOf("EC2", "SPOT", "FARGATE", "FARGATE_SPOT"), "What the jobs run on."),
    security_group_ids: as(list(securityGroup), "Security groups of the instances; required for Batch."),
    subnets: as(list(subnet), "Subnets of the instances; required for Batch."),
    desired_v_cpus: as(integer(0), "vCPUs that the environment starts with."),
    min_v_cpus: as(integer(0), "vCPUs that it keeps when there is nothing to do."),
    max_v_cpus: as(integer(1), "vCPUs that it may grow to."),
    instance_types: as(
      list(text("a type like c5.large, a family like c5, or optimal", /^[a-z][a-zA-Z0-9_.-]*$/, "c5.large")),
      "Types or families of instances, or `optimal`.",
    ),
    launch_template_name: as(
      text("3 to 128 letters, digits and ( ) . / _ -", /^[a-zA-Z0-9().\-/_]{3,128}$/, "scar-supervisor"),
      "Name of the launch template that brings the supervisor to the instances.",
    ),
    instance_role: as(instanceProfile, "Instance profile of the instances; {account_id} is filled in."),
  }),
  rule: order,
};

const multiNode = {
  ...map({
    enabled: as(boolean, "Whether a job runs on several nodes at once (MPI)."),
    number_nodes: as(digits(1, 1000), "How many nodes."),
    main_node_index: as(digits(0, 999), "Which of them is the main one, from 0."),
  }),
  rule: mainNode,
  // The manual has the first in its prose.
  moved: { enable: "enabled" },
};

export const batch = map({
  ...client,
  vcpus: as(
    { ...digits(1, 10_000), fractions: [0.25, 0.5] } as const,
    "vCPUs of a job; less than one on Fargate alone.",
  ),
  memory: as(digits(4, 100_000_000), "MiB of memory of a job."),
  enable_gpu: as(boolean, "Whether a job gets a GPU."),
  state: as(oneOf("ENABLED", "DISABLED"), "State of the compute environment."),
  type: as(oneOf("MANAGED", "UNMANAGED"), "Who manages the instances."),
  service_role: as(serviceRole, "Role of Batch itself; {account_id} is filled in."),
  environment: as(environment, "Variables of the jobs' containers."),
  compute_resources: as(computeResources, "The instances of the compute environment."),
  multi_node_parallel: as(multiNode, "Jobs on several nodes."),
});
