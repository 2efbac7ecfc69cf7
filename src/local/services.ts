/** The services of the local AWS and what they give each other. */
import type { Credentials } from "./http/credentials.ts";
import { createIamService } from "./iam/service.ts";
import { createStsService } from "./iam/sts.ts";
import { createS3Service } from "./s3/service.ts";
import type { LocalService, LocalSettings } from "./service.ts";

/** Creates every service with its state loaded. */
export async function createServices(settings: LocalSettings, _credentials: Credentials): Promise<LocalService[]> {
  const s3 = await createS3Service({ settings });
  return [s3, createIamService(), createStsService()];
}
