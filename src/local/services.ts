/** The services of the local AWS and what they give each other. */
import { join } from "node:path";
import { createApiGatewayService } from "./apigateway/service.ts";
import { createEc2Service } from "./ec2/service.ts";
import type { Credentials } from "./http/credentials.ts";
import { accessWarnings } from "./iam/access-warnings.ts";
import { userIdentity } from "./iam/identity.ts";
import { roleAccess } from "./iam/role-access.ts";
import { createIamService } from "./iam/service.ts";
import { IamStore } from "./iam/store.ts";
import { createStsService } from "./iam/sts.ts";
import { createLambdaService } from "./lambda/service.ts";
import { createLogsService } from "./logs/service.ts";
import { objectWriter } from "./object-writer.ts";
import { createS3Service, readObject } from "./s3/service.ts";
import { BucketStore } from "./s3/storage/store.ts";
import type { LocalService, LocalSettings } from "./service.ts";
import { createSqsService } from "./sqs/service.ts";
import { createTaggingService } from "./tagging/service.ts";

export interface ServicesOptions {
  readonly settings: LocalSettings;
  readonly credentials: Credentials;
  /** Most environments of functions at once; default: Lambda's own. */
  readonly concurrency?: number;
  /** The server's log. */
  readonly log: (text: string) => void;
}

/** Creates every service with its state loaded. They are closed in this order. */
export async function createServices({
  settings,
  credentials,
  concurrency,
  log,
}: ServicesOptions): Promise<readonly LocalService[]> {
  const store = new BucketStore(join(settings.dir, "s3"));
  const iam = new IamStore(settings.dir, settings.accountId);
  const roles = roleAccess(iam);
  const logs = await createLogsService({ settings });
  const warnings = accessWarnings({ roles, logs, region: settings.region, log });
  const sqs = createSqsService({ settings });
  const lambda = await createLambdaService({
    settings,
    credentials: {
      issue(identity) {
        warnings.starting(identity);
        return credentials.issue(identity);
      },
    },
    roleTrusts: roles.trustsService,
    logs,
    queues: sqs,
    log,
    // S3 itself needs the functions first.
    putObject: (bucket, key, body) => writeObject(bucket, key, body),
    readObject: async (bucket, key) => readObject(store, bucket, key),
    ...(concurrency !== undefined && { concurrency }),
  });
  const s3 = createS3Service({
    settings,
    store,
    target: lambda,
    queues: sqs,
    observe: warnings.s3,
  });
  const writeObject = objectWriter(s3, settings);
  const apis = createApiGatewayService({ settings, credentials, functions: lambda });
  const tagging = createTaggingService({ settings, resources: [lambda, logs, s3, apis] });
  return [
    apis,
    lambda,
    s3,
    sqs,
    logs,
    tagging,
    createIamService(userIdentity(settings.accountId, settings.accessKeyId), iam),
    createStsService({ store: iam, credentials }),
    createEc2Service(settings),
  ];
}
