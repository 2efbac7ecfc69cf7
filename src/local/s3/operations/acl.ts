/** Access control lists of buckets and objects: there is one, and putting it is accepted. */
import { readBody } from "../../http/body.ts";
import { AwsError } from "../../service.ts";
import { aclDocument, checkAclDocument, checkAclHeaders } from "../acl.ts";
import { bucketOf, type S3Context, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";
import { requireObject } from "../versions.ts";

const MAX_DOCUMENT = 64 * 1024;

async function checkAcl(request: S3Request, context: S3Context): Promise<void> {
  const { info } = bucketOf(request, context);
  const document = (await readBody(request.body, MAX_DOCUMENT)).toString();
  checkAclHeaders(request, info);
  if (document !== "") return checkAclDocument(document, info, context.settings.accountId);
  if (request.headers["x-amz-acl"] === undefined) {
    throw new AwsError(400, "MissingSecurityHeader", "Your request was missing a required header", {
      MissingHeaderName: "x-amz-acl",
    });
  }
}

export const getBucketAcl: S3Operation = (request, context) => {
  bucketOf(request, context);
  return xmlResponse(aclDocument(context.settings.accountId));
};

export const putBucketAcl: S3Operation = async (request, context) => {
  await checkAcl(request, context);
  return { status: 200 };
};

export const getObjectAcl: S3Operation = (request, context) => {
  requireObject(request, context);
  return xmlResponse(aclDocument(context.settings.accountId));
};

export const putObjectAcl: S3Operation = async (request, context) => {
  await checkAcl(request, context);
  const object = requireObject(request, context);
  await context.events.send(request, bucketOf(request, context), "ObjectAcl:Put", request.key, object);
  return { status: 200 };
};
