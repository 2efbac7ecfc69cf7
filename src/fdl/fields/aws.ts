/** What the sections of an AWS function share: names, ARNs (of any partition), the client's own settings. */
import { as, type TextField, text } from "../field.ts";

/** Characters that AWS allows in a function's name; the length is its own limit. */
export const FUNCTION_NAME = /^[a-zA-Z0-9-_]{1,64}$/;

export const region = text("an AWS region like eu-west-1", /^[a-z]{2,}(-[a-z]+)+-\d+$/, "eu-west-1");
const profile = text("the name of a profile", /./, "work");

/** Every section may name its own profile and region. */
export const client = {
  boto_profile: as(
    profile,
    "Profile of ~/.aws/config and ~/.aws/credentials; without one the standard credential chain.",
  ),
  region: as(region, "AWS region; without one AWS_REGION, the profile's, or us-east-1."),
};

/** A file on the user's machine. */
export const file = text("a file name", /./, "script.sh");

/** The account of an ARN in scar.cfg may be a placeholder, as in the original's default file. */
const ACCOUNT = "(?:\\d{12}|\\{account_id\\})";

/** Empty is "none set": scar.cfg is made so. */
export const role = text(
  "an ARN like arn:aws:iam::123456789012:role/NAME",
  /^$|^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/.+$/,
  "arn:aws:iam::123456789012:role/lambda",
);

export const serviceRole = text(
  "an ARN like arn:aws:iam::123456789012:role/NAME",
  new RegExp(`^$|^arn:aws[a-zA-Z-]*:iam::${ACCOUNT}:role/.+$`),
  "arn:aws:iam::123456789012:role/batch",
);

export const instanceProfile = text(
  "the name of an instance profile, or an ARN like arn:aws:iam::123456789012:instance-profile/NAME",
  new RegExp(`^[a-zA-Z0-9+=,.@_-]{1,128}$|^arn:aws[a-zA-Z-]*:iam::${ACCOUNT}:instance-profile/.+$`),
  "ecsInstanceRole",
);

export const layer = text(
  "the ARN of a layer's version",
  /^arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:\d+$/,
  "arn:aws:lambda:eu-west-1:123456789012:layer:fonts:3",
);

export const subnet = text("the id of a subnet like subnet-0a1b2c3d", /^subnet-[0-9a-zA-Z]+$/, "subnet-0a1b2c3d");
export const securityGroup = text("the id of a security group like sg-0a1b2c3d", /^sg-[0-9a-zA-Z]+$/, "sg-0a1b2c3d");

/** Standard queues and topics alone: Lambda sends to no FIFO ones. */
export const destination = (expected: string, services: string, others = ""): TextField =>
  text(
    expected,
    new RegExp(`^(?!.*\\.fifo$)(?:arn:aws[a-zA-Z-]*:(?:${services}):[a-z0-9-]+:\\d{12}:\\S+${others})$`),
    "arn:aws:sqs:eu-west-1:123456789012:failed",
  );
