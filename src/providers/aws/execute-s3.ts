/** Carries out the steps about buckets. S3's client is loaded for them alone. */
import { createBucket, createFolder } from "./controllers/buckets.ts";
import { changeNotifications } from "./controllers/notifications.ts";
import { deletePackage, uploadPackage } from "./controllers/packages.ts";
import type { ExecutionOptions } from "./execute.ts";
import type { Step } from "./plan/steps.ts";

export type BucketStep = Extract<
  Step,
  { readonly kind: "create-bucket" | "create-folder" | "upload-package" | "delete-package" | "change-notifications" }
>;

/** AWS's answer; undefined where nothing had to be changed. */
export async function carryOutBucketStep(
  step: BucketStep,
  { clients, signal }: ExecutionOptions,
): Promise<object | undefined> {
  const s3 = await clients.s3();
  switch (step.kind) {
    case "create-bucket":
      await createBucket(s3, step.bucket, step.region);
      return {};
    case "create-folder":
      await createFolder(s3, step.bucket, step.folder);
      return {};
    case "upload-package":
      await uploadPackage(s3, { ...step, signal });
      return {};
    case "delete-package":
      return deletePackage(s3, step.bucket, step.key);
    case "change-notifications":
      return (await changeNotifications(s3, step.change, signal)) ? {} : undefined;
  }
}
