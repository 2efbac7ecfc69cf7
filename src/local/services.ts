/** The services of the local AWS and what they give each other. */
import type { Credentials } from "./http/credentials.ts";
import { createIamService } from "./iam/service.ts";
import { createStsService } from "./iam/sts.ts";
import { createS3Service } from "./s3/service.ts";
import { AwsError, type EventTarget, type LocalService, type LocalSettings } from "./service.ts";

/** Until Lambda is there. */
const noFunctions: EventTarget = {
  checkDestination(arn) {
    throw new AwsError(400, "InvalidArgument", "Unable to validate the following destination configurations", {
      ArgumentName1: arn,
      ArgumentValue1: "The destination does not exist",
    });
  },
  enqueue: async () => {},
};

/** Creates every service with its state loaded. */
export async function createServices(settings: LocalSettings, _credentials: Credentials): Promise<LocalService[]> {
  const s3 = createS3Service({ settings, target: noFunctions });
  return [s3, createIamService(), createStsService()];
}
