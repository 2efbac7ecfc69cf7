import {
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  type PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { changeNotifications } from "../../../../src/providers/aws/controllers/notifications.ts";
import { AwsError } from "../../../../src/providers/aws/errors.ts";

const ARN = "arn:aws:lambda:eu-south-2:123456789012:function:grey";
const change = {
  bucket: "photos",
  functionArns: [ARN],
  triggers: [
    { functionArn: ARN, prefix: "in/", suffix: "" },
    { functionArn: ARN, prefix: "raw/", suffix: ".tif" },
  ],
};

/** A bucket that somebody else writes to before each of our reads, and that refuses our first writes. */
function bucket(refusals: number, message = "Unable to validate the following destination configurations") {
  const writes: NotificationConfiguration[] = [];
  let reads = 0;
  const send = async (command: object) => {
    if (command instanceof GetBucketNotificationConfigurationCommand) {
      const QueueConfigurations = [{ Id: String(++reads), QueueArn: "arn:q", Events: [] }];
      return { $metadata: {}, QueueConfigurations };
    }
    writes.push((command as PutBucketNotificationConfigurationCommand).input.NotificationConfiguration!);
    if (writes.length <= refusals) throw new AwsError("InvalidArgument", message, "s3:Put", { status: 400 });
    return { $metadata: {} };
  };
  return { s3: { send } as unknown as S3Client, writes };
}

describe("changeNotifications", () => {
  it("writes all triggers at once", async () => {
    const { s3, writes } = bucket(0);
    expect(await changeNotifications(s3, change)).toBe(true);
    expect(writes).toHaveLength(1);
    expect(writes[0]!.LambdaFunctionConfigurations).toHaveLength(2);
  });

  it("tries again while S3 cannot validate the destination, with what is there by then", async () => {
    const { s3, writes } = bucket(2);
    expect(await changeNotifications(s3, change)).toBe(true);
    expect(writes.map(({ QueueConfigurations }) => QueueConfigurations?.[0]?.Id)).toEqual(["1", "2", "3"]);
  });

  it("does not repeat what S3 refuses for another reason", async () => {
    const { s3, writes } = bucket(9, "Configuration is ambiguously defined");
    await expect(changeNotifications(s3, change)).rejects.toThrow("ambiguously");
    expect(writes).toHaveLength(1);
  });
});
