/** S3's errors, by name. */
import { AwsError } from "../service.ts";

export const invalidRequest = (message: string) => new AwsError(400, "InvalidRequest", message);

export const noSuchBucket = (name: string) =>
  new AwsError(404, "NoSuchBucket", "The specified bucket does not exist", { BucketName: name });

export const noSuchKey = (key: string) =>
  new AwsError(404, "NoSuchKey", "The specified key does not exist.", { Key: key });

export const methodNotAllowed = (method: string, { bucket, key }: { readonly bucket: string; readonly key: string }) =>
  new AwsError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", {
    Method: method,
    ResourceType: key !== "" ? "OBJECT" : bucket !== "" ? "BUCKET" : "SERVICE",
  });

export const noSuchUpload = (id: string) =>
  new AwsError(
    404,
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { UploadId: id },
  );

export const invalidArgument = (message: string, name?: string, value?: string) =>
  new AwsError(400, "InvalidArgument", message, {
    ...(name !== undefined && { ArgumentName: name }),
    ...(value !== undefined && { ArgumentValue: value }),
  });

export const malformedXml = () =>
  new AwsError(
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );

export const invalidRange = (range: string, size: number) =>
  new AwsError(416, "InvalidRange", "The requested range is not satisfiable", {
    RangeRequested: range,
    ActualObjectSize: String(size),
  });

export const preconditionFailed = (condition: string) =>
  new AwsError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    Condition: condition,
  });

/** A header that AWS too does not implement for this request. */
export const headerNotImplemented = (header: string, why?: string) =>
  new AwsError(501, "NotImplemented", "A header you provided implies functionality that is not implemented", {
    Header: header,
    ...(why !== undefined && { additionalMessage: why }),
  });

/** @param size bytes of the part or object. */
export const entityTooLarge = (size: number | string, most: number) =>
  new AwsError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    ProposedSize: String(size),
    MaxSizeAllowed: String(most),
  });
