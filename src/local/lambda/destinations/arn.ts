/** Where records of asynchronous invocations may go, told from an ARN. */
import { AwsError, notServed } from "../../service.ts";

export type Destination =
  | { readonly kind: "lambda" | "sqs"; readonly arn: string }
  | { readonly kind: "s3"; readonly arn: string; readonly bucket: string };

const ARN = /^arn:aws[a-zA-Z0-9-]*:([a-zA-Z0-9-]+):([a-z0-9-]*):(\d{12})?:(.+)$/;

/**
 * Throws AwsError `InvalidParameterValueException` for what is no destination, 501 for topics and event buses, which nothing here could
 * receive.
 */
export function readDestination(arn: string): Destination {
  const [, service, , , resource] = ARN.exec(arn) ?? [];
  switch (service) {
    case "lambda":
      if (/^function:[a-zA-Z0-9-_]{1,64}(:\$LATEST)?$/.test(resource!)) return { kind: "lambda", arn };
      break;
    case "sqs":
      if (resource!.endsWith(".fifo"))
        throw invalid(`The destination ARN ${arn} is invalid: FIFO queues are not supported.`);
      return { kind: "sqs", arn };
    case "s3":
      return { kind: "s3", arn, bucket: resource! };
    case "sns":
      throw notServed("A destination of SNS");
    case "events":
      throw notServed("A destination of EventBridge");
  }
  throw invalid(`The destination ARN ${arn} is invalid.`);
}

/** The same for a dead-letter queue, which is a queue (or, on AWS, a topic). */
export function checkDeadLetterTarget(arn: string): void {
  if (arn !== "" && readDestination(arn).kind !== "sqs") {
    throw invalid(`The provided dead-letter target ${arn} is invalid: it must be the ARN of an SQS queue.`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError(400, "InvalidParameterValueException", message);
}
