/** The document of CompleteMultipartUpload, checked against the parts that were uploaded. */
import { CHECKSUM_NAMES, type ChecksumName } from "../http/checksums.ts";
import { childrenOf, parseXml, textOf } from "../http/xml.ts";
import { AwsError } from "../service.ts";
import { invalidRequest, malformedXml } from "./errors.ts";
import type { Upload } from "./storage/bucket.ts";
import type { ChecksumType, StoredPart } from "./storage/records.ts";

/** Every part but the last has at least this many bytes. */
const MIN_PART = 5 * 1024 * 1024;

export interface ChosenPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: readonly { readonly name: ChecksumName; readonly value: string }[];
}

/** Throws `MalformedXML`, `InvalidRequest`. */
export function readChosen(document: string): readonly ChosenPart[] {
  if (document === "") throw invalidRequest("You must specify at least one part");
  const entries = childrenOf(parseXml(document, "CompleteMultipartUpload"), "Part");
  if (entries.length === 0) throw malformedXml();
  return entries.map((entry) => {
    const number = textOf(entry, "PartNumber") ?? "";
    const etag = textOf(entry, "ETag");
    if (!/^\d{1,9}$/.test(number) || etag === undefined) throw malformedXml();
    return {
      number: Number(number),
      etag: etag.replace(/^"|"$/g, ""),
      checksums: CHECKSUM_NAMES.flatMap((name) => {
        const value = textOf(entry, `Checksum${name.toUpperCase()}`);
        return value === undefined ? [] : [{ name, value }];
      }),
    };
  });
}

function invalidPart({ number, etag }: ChosenPart, { id }: Upload): AwsError {
  return new AwsError(
    400,
    "InvalidPart",
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId: id, PartNumber: String(number), ETag: etag },
  );
}

function checkChecksums(chosen: ChosenPart, part: StoredPart, upload: Upload, type: ChecksumType | undefined): void {
  const { algorithm } = upload;
  for (const { name, value } of chosen.checksums) {
    if (algorithm !== undefined && name !== algorithm) {
      throw new AwsError(
        400,
        "BadDigest",
        `The ${name} you specified for part ${chosen.number} did not match what we received.`,
      );
    }
    if (algorithm === undefined || value !== part.checksum?.value) throw invalidPart(chosen, upload);
  }
  if (type === "COMPOSITE" && chosen.checksums.length === 0) {
    throw invalidRequest(
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${chosen.number} in the request.`,
    );
  }
}

/**
 * The uploaded parts that the document names, in order.
 * @param type of the upload's checksum; undefined when it has none.
 * Throws `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`, `BadDigest`, `InvalidRequest`.
 */
export function chosenParts(
  document: readonly ChosenPart[],
  upload: Upload,
  type: ChecksumType | undefined,
): readonly { readonly number: number; readonly part: StoredPart }[] {
  if (!document.every(({ number }, i) => number > (document[i - 1]?.number ?? 0))) {
    throw new AwsError(
      400,
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
      { UploadId: upload.id },
    );
  }
  return document.map((chosen, i) => {
    const part = upload.parts.get(chosen.number);
    if (!part || part.etag !== chosen.etag) throw invalidPart(chosen, upload);
    checkChecksums(chosen, part, upload, type);
    if (part.size < MIN_PART && i < document.length - 1) {
      throw new AwsError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(MIN_PART),
        PartNumber: String(chosen.number),
        ETag: part.etag,
      });
    }
    return { number: chosen.number, part };
  });
}
