/** OSCAR: services of an FDL, clusters of scar.cfg. Names are those of OSCAR's own FDL. */
import { any, as, boolean, environment, ids, integer, list, map, secret, text } from "../field.ts";
import { file } from "./aws.ts";
import { logLevel, storage } from "./storage.ts";

/** Kubernetes' quantities. */
const memory = text("an amount of memory like 1Gi, in quotes", /^\d+(\.\d+)?(m|[kKMGTPE]i?)?$/, "256Mi");
const cpu = text("a number of CPUs like '0.5', in quotes", /^\d+(\.\d+)?m?$/, "0.2");

const cluster = {
  endpoint: as(
    text("an address like https://oscar.example.com", /^\S*$/, "https://oscar.example.com"),
    "Address of the cluster.",
  ),
  auth_user: as(text(), "User name at the cluster."),
  auth_password: as({ ...secret, empty: true } as const, "Its password."),
  ssl_verify: as(boolean, "Whether the cluster's certificate is checked."),
  memory: as(memory, "Memory of a service, as Kubernetes writes it: 256Mi, 1Gi."),
  cpu: as(cpu, "CPUs of a service, in quotes: '0.2', '1.0'."),
  log_level: as(logLevel, "What the service logs."),
};

const service = map({
  ...cluster,
  name: as(
    text(
      "1 to 63 small letters, digits and '-', beginning and ending with a letter or digit",
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      "grey",
    ),
    "Name of the service.",
  ),
  cluster_id: as(text("a cluster's id", /^\S+$/, "my_oscar"), "Id of the cluster; the key above it says the same."),
  image: as(text("a container image", /^\S+$/, "ubuntu:24.04"), "Container image."),
  script: as(file, "Script that runs in the container for every event."),
  alpine: as(boolean, "The image has musl instead of glibc."),
  environment: as(environment, "Variables of the container."),
  input: as(storage, "Files put here start the service."),
  output: as(storage, "Where its files go."),
  enable_gpu: as(boolean, "Whether it gets a GPU."),
  enable_sgx: as(boolean, "Whether it runs in an SGX enclave."),
  total_memory: as(memory, "Memory of all its jobs together."),
  total_cpu: as(cpu, "CPUs of all its jobs together."),
  synchronous: as(
    map({
      min_scale: as(integer(0), "Fewest replicas for synchronous calls."),
      max_scale: as(integer(0), "Most replicas for synchronous calls; 0 is no limit."),
    }),
    "Scaling for synchronous calls.",
  ),
  expose: as(any, "How the service's own port is shown, as OSCAR's FDL says."),
  image_prefetch: as(boolean, "Whether the image is fetched before the first event."),
  image_pull_secrets: as(list(text()), "Kubernetes secrets with logins of registries."),
  annotations: as(ids("an annotation", text()), "Kubernetes annotations."),
  labels: as(ids("a label", text()), "Kubernetes labels."),
});

const CLUSTER = "the id of a cluster";

/** `functions.oscar` */
export const oscarServices = list({ ...ids(CLUSTER, service), single: true });

/** `oscar` in scar.cfg */
export const oscarClusters = ids(CLUSTER, service);
