/** The three functions of the soak: one that S3 invokes, one that is invoked asynchronously, and a container under the real supervisor. */
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import type { LocalServer } from "../../../src/local/control.ts";
import { createNodeFunction, lambdaClient } from "../../helpers/lambda.ts";
import { LIGHT_FUNCTION } from "../../helpers/light-function.ts";
import { s3Client } from "../../helpers/local-clients.ts";
import type { SoakEvent } from "./load.ts";

/** Of the container: `scar init`'s definition and script. */
export const DEFINITION = `
functions:
  aws:
    - lambda:
        name: soak-container
        memory: 256
        timeout: 60
        init_script: copy.sh
        container:
          image_file: small.tar
        input:
          - storage_provider: s3
            path: soak-container/in
        output:
          - storage_provider: s3
            path: soak-container/out
`;
export const SCRIPT = `cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n`;

export async function createNotified(server: LocalServer): Promise<void> {
  const [name, lambda, s3] = ["soak-notified", lambdaClient(server), s3Client(server)];
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const LambdaFunctionArn = await createNodeFunction(lambda, name, LIGHT_FUNCTION, { Timeout: 30 });
  const permission = { FunctionName: name, StatementId: "s3", Action: "lambda:InvokeFunction" };
  await lambda.send(new AddPermissionCommand({ ...permission, Principal: "s3.amazonaws.com" }));
  const Filter = { Key: { FilterRules: [{ Name: "prefix" as const, Value: "in/" }] } };
  const configuration = { LambdaFunctionArn, Events: ["s3:ObjectCreated:*" as const], Filter };
  const NotificationConfiguration = { LambdaFunctionConfigurations: [configuration] };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: name, NotificationConfiguration }));
}

export async function createInvoked(server: LocalServer): Promise<void> {
  await s3Client(server).send(new CreateBucketCommand({ Bucket: "soak-invoked" }));
  await createNodeFunction(lambdaClient(server), "soak-invoked", LIGHT_FUNCTION, { Timeout: 30 });
}

const putEvent = (bucket: string, key: string, content: string): SoakEvent => ({
  request: { method: "PUT", path: `/${bucket}/in/${key}`, body: content },
  service: "s3",
  output: `${bucket}/out/${key}`,
  content,
});

function invokeEvent(bucket: string, key: string, text: string): SoakEvent {
  const body = JSON.stringify({ bucket, key: `out/${key}`, text });
  const headers = { "x-amz-invocation-type": "Event" };
  const path = "/2015-03-31/functions/soak-invoked/invocations";
  return {
    request: { method: "POST", path, headers, body },
    service: "lambda",
    output: `${bucket}/out/${key}`,
    content: text,
  };
}

/** Of a hundred events 3 go to the container, 40 to the function that is invoked and the others to the one that S3 notifies. */
export function eventOf(n: number): SoakEvent {
  const key = `${String(n).padStart(6, "0")}.txt`;
  const content = `content of event ${n}`;
  const share = n % 100;
  if (share < 3) return putEvent("soak-container", key, content);
  return share < 43 ? invokeEvent("soak-invoked", key, content) : putEvent("soak-notified", key, content);
}

export const BUCKETS = ["soak-container", "soak-invoked", "soak-notified"];
