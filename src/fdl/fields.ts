/** Every field of an FDL's function and of scar.cfg's `aws` section: type and bounds (behaviour.md, section 3; aws-facts.md). */
import { as, boolean, list, type MapField, map, text } from "./field.ts";
import { apiGateway } from "./fields/api-gateway.ts";
import { batch } from "./fields/batch.ts";
import { lambda } from "./fields/lambda.ts";
import { oscarClusters, oscarServices } from "./fields/oscar.ts";
import { cloudwatch, ecr, iam, s3 } from "./fields/services.ts";
import { storageProviders } from "./fields/storage.ts";

export type { Field, MapField } from "./field.ts";
export { FUNCTION_NAME } from "./fields/aws.ts";

/** One element of `functions.aws`, as a layer: nothing is required. */
export const FUNCTION: MapField = map({
  lambda: as(lambda, "The function."),
  iam: as(iam, "Its role."),
  cloudwatch: as(cloudwatch, "Its log."),
  api_gateway: as(apiGateway, "Its HTTP endpoint."),
  batch: as(batch, "Its jobs, for the execution modes with Batch."),
  ecr: as(ecr, "Its image in ECR, for runtime `image`."),
  s3: as(s3, "How scar itself talks to S3."),
});

/** Command line options in a file, as the original's own merged configuration had them. */
const scar = map({
  config_version: as(text(), "Version of scar.cfg's format."),
  conf_file: as(text(), "The FDL (-f)."),
  json: as(boolean, "Print results as JSON (-j)."),
  verbose: as(boolean, "Print the whole answers of AWS (-v)."),
  output_file: as(text(), "File for the output (-o)."),
  path: as(text(), "Local path of `put` and `get` (-p)."),
  all: as(boolean, "All functions (-a of `rm`)."),
});

/** A whole FDL. */
export const FDL: MapField = {
  ...map({
    functions: as(
      map({
        aws: as(list({ ...FUNCTION, required: ["lambda"] }), "Functions on AWS Lambda, one element each."),
        oscar: as(
          oscarServices,
          "Services on OSCAR clusters: each element is one key, the cluster's id, with the service below it.",
        ),
      }),
      "What the file defines.",
    ),
    storage_providers: as(
      storageProviders,
      "Storage beside the S3 of the function's own account, with its credentials.",
    ),
    scar: as(scar, "Options of the command line."),
  }),
  extensible: true,
};

/** scar.cfg. */
export const CONFIG: MapField = map({ scar, aws: FUNCTION, oscar: oscarClusters });
