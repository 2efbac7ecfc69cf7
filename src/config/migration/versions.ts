/**
 * The default scar.cfg of every older version of SCAR, as far as its values tell a user's from the program's own. Read from the
 * packages 2.2.0 to 4.0.2 and the repository's history; behaviour.md, section 2.
 */

/** A key whose default changed within the versions of one table. */
export class Either {
  readonly values: readonly unknown[];

  constructor(...values: readonly unknown[]) {
    this.values = values;
  }
}

const DESCRIPTION = "Automatically generated lambda function";
const REGION = "us-east-1";
const PROFILE = "default";
const INSTANCE_TYPES = ["m3.medium"];
const PACKAGE_SIZES = { max_payload_size: 52_428_800, max_s3_payload_size: 262_144_000 };
const RELEASES = "https://github.com/grycap/faas-supervisor";

/** The INI file of 2017 and 2018, its section `[scar]`. */
export const INI_DEFAULTS = {
  lambda_description: DESCRIPTION,
  lambda_memory: 128,
  lambda_time: new Either(300, 3),
  lambda_region: REGION,
  lambda_role: "",
  lambda_timeout_threshold: 10,
};

const supervisorSource = {
  "faas-supervisor": {
    version_url: "https://api.github.com/repos/grycap/faas-supervisor/releases/latest",
    zip_url: `${RELEASES}/archive/{0}.zip`,
    default_version: "master",
    layer_name: "faas-supervisor",
  },
};
const udockerSource = { zip_url: `${RELEASES}/raw/master/extra/udocker.zip` };

/** SCAR 2 and 3: files without a version, and 1.0.0. */
export const TO_1_0_0 = {
  scar: {
    ...supervisorSource,
    layers: supervisorSource,
    udocker: udockerSource,
    udocker_info: udockerSource,
    supervisor_version: "latest",
  },
  aws: {
    boto_profile: PROFILE,
    region: REGION,
    execution_mode: "lambda",
    iam: { role: "" },
    lambda: {
      time: 300,
      memory: 512,
      description: DESCRIPTION,
      timeout_threshold: 10,
      runtime: "python3.6",
      layers: new Either([], [""]),
      ...PACKAGE_SIZES,
    },
    cloudwatch: { log_retention_policy_in_days: 30 },
    batch: {
      vcpus: 1,
      memory: 1024,
      enable_gpu: false,
      state: "ENABLED",
      type: "MANAGED",
      comp_type: "EC2",
      desired_v_cpus: 0,
      min_v_cpus: 0,
      max_v_cpus: 2,
      subnets: new Either([""], []),
      security_group_ids: new Either([""], []),
      instance_types: INSTANCE_TYPES,
      supervisor_image: new Either("grycap/scar-batch-io:storage", "alpegon/scar-batch-io:devel"),
      type_inst: "EC2",
      desiredvCpus: 0,
      minvCpus: 0,
      maxvCpus: 1,
      securityGroupIds: [],
      instanceTypes: INSTANCE_TYPES,
      instanceRole: new Either("", "ecsInstanceRole"),
      serviceRole: "",
      compute_resources: {
        state: "ENABLED",
        type: "MANAGED",
        comp_type: "EC2",
        desired_v_cpus: 0,
        min_v_cpus: 0,
        max_v_cpus: 2,
        subnets: new Either([], [""]),
        security_group_ids: new Either([], [""]),
        instance_types: INSTANCE_TYPES,
      },
    },
  },
};

const client = { boto_profile: PROFILE, region: REGION };
const invocationType = "request.header.X-Amz-Invocation-Type";
const passedOn = { [`integration.${invocationType}`]: `method.${invocationType}` };
const gateway = "https://{api_id}.execute-api.{api_region}.amazonaws.com";
const gatewayArn = "arn:aws:execute-api:{api_region}:{account_id}:{api_id}";

/** SCAR 4: 1.0.8 and 1.0.9; what 1.1.0 has of it is the same. */
export const TO_1_0_9 = {
  aws: {
    iam: { boto_profile: PROFILE, role: "" },
    lambda: {
      ...client,
      execution_mode: "lambda",
      timeout: 300,
      memory: 512,
      description: DESCRIPTION,
      runtime: "python3.7",
      layers: [],
      invocation_type: "RequestResponse",
      asynchronous: false,
      log_type: "Tail",
      log_level: "INFO",
      environment: {
        Variables: {
          UDOCKER_BIN: "/opt/udocker/bin/",
          UDOCKER_LIB: "/opt/udocker/lib/",
          UDOCKER_DIR: "/tmp/shared/udocker",
          UDOCKER_EXEC: "/opt/udocker/udocker.py",
        },
      },
      deployment: PACKAGE_SIZES,
      container: { environment: { Variables: {} }, timeout_threshold: 10 },
      supervisor: {
        // The manual shows the default with a version of its time.
        version: new Either("latest", "1.2.0-rc4"),
        layer_name: "faas-supervisor",
        license_info: "Apache 2.0",
      },
    },
    s3: {
      ...client,
      event: {
        Records: [
          {
            eventSource: "aws:s3",
            s3: {
              bucket: { name: "{bucket_name}", arn: "arn:aws:s3:::{bucket_name}" },
              object: { key: "{file_key}" },
            },
          },
        ],
      },
    },
    api_gateway: {
      ...client,
      endpoint: new Either(`${gateway}/{stage_name}/launch`, `${gateway}/scar/launch`),
      request_parameters: passedOn,
      http_method: "ANY",
      method: { authorizationType: "NONE", requestParameters: { [`method.${invocationType}`]: false } },
      integration: {
        type: "AWS_PROXY",
        integrationHttpMethod: "POST",
        uri: "arn:aws:apigateway:{api_region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{lambda_region}:{account_id}:function:{function_name}/invocations",
        requestParameters: passedOn,
      },
      path_part: "{proxy+}",
      stage_name: "scar",
      service_id: "apigateway.amazonaws.com",
      source_arn_testing: `${gatewayArn}/*`,
      source_arn_invocation: `${gatewayArn}/{stage_name}/ANY`,
    },
    cloudwatch: { ...client, log_retention_policy_in_days: 30 },
    batch: {
      ...client,
      vcpus: 1,
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
        instance_types: INSTANCE_TYPES,
        launch_template_name: "faas-supervisor",
        instance_role: "arn:aws:iam::{account_id}:instance-profile/ecsInstanceRole",
      },
      service_role: "arn:aws:iam::{account_id}:role/service-role/AWSBatchServiceRole",
    },
  },
};

const four = TO_1_0_9.aws;

/** Between SCAR 3 and 4: 1.0.5 and 1.0.6, which were in the repository alone. */
export const TO_1_0_6 = {
  aws: {
    ...four,
    lambda: {
      ...four.lambda,
      container: {
        ...four.lambda.container,
        environment_variables: {},
        udocker: {
          bin: "/opt/udocker/bin/",
          lib: "/opt/udocker/lib/",
          dir: "/tmp/shared/udocker",
          exec: "/opt/udocker/udocker.py",
        },
      },
    },
    batch: { ...four.batch, compute_resources: TO_1_0_0.aws.batch.compute_resources },
  },
};
