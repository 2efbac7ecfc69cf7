/** The local S3 and versitygw are given the same requests and answer alike, but for the differences listed here with their reasons. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { type Difference, differences, S3Session } from "../helpers/s3-compare.ts";
import { S3_REQUESTS } from "../helpers/s3-requests/all.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { startVersitygw, type Versitygw } from "../helpers/system-peers.ts";

interface Known {
  /** Names of the requests. */
  readonly requests: RegExp;
  readonly field: RegExp;
  readonly reason: string;
}

const KNOWN: readonly Known[] = [
  {
    requests: /./,
    field: /^(?:header x-amz-checksum-(?:crc64nvme|type)|body .*\/Checksum(?:CRC64NVME|Type|Algorithm))$/,
    reason:
      "the local S3 keeps the checksum that the client sent; versitygw (and AWS) make a CRC64NVME where it sent none",
  },
  {
    requests: /^condition none-match/,
    field: /^header (?:content-type|etag|last-modified)$/,
    reason: "304 carries the validators and no type (RFC 9110, AWS); versitygw's carries a type alone",
  },
  {
    requests: /^integrity: get of chunks$/,
    field: /^header content-encoding$/,
    reason: "aws-chunked is how a body is sent: AWS does not keep it as the object's encoding, versitygw does",
  },
  {
    requests: /^multipart: list no parts$/,
    field: /NextPartNumberMarker$/,
    reason:
      "left out where there is no part: the JavaScript SDK's paginator would begin again for ever; AWS and versitygw send 0",
  },
  {
    requests: /^multipart: list uploads/,
    field: /Next(?:Key|UploadId)Marker$/,
    reason: "AWS names the last upload of the last page too; versitygw only where another page follows",
  },
  {
    requests: /^multipart: complete in wrong order$/,
    field: /^status$/,
    reason: "AWS: InvalidPartOrder before it looks at the parts; versitygw finds the first one too small",
  },
  {
    requests: /^(?:key \d+: list|list v[12] (?:all|with an odd delimiter, encoded|first two groups, encoded))$/,
    field: /\/(?:EncodingType|Key|Prefix|Delimiter|NextMarker)$/,
    reason: "versitygw does not know encoding-type",
  },
  {
    requests: /^list v[12] encoded otherwise$/,
    field: /^status$/,
    reason: "versitygw does not know encoding-type, so it does not refuse a wrong one",
  },
  {
    requests: /^list v1 first two$/,
    field: /\/NextMarker$/,
    reason: "AWS sends NextMarker only with a delimiter (ListObjects, API reference); versitygw always",
  },
  {
    requests: /^list v2 after a start/,
    field: /\/ContinuationToken$/,
    reason: "AWS repeats the token that was sent, and none was; versitygw makes one of start-after",
  },
  {
    requests: /^list v2 with an empty token$/,
    field: /^status$/,
    reason: "AWS: the continuation token provided is incorrect; versitygw takes it for none",
  },
  {
    requests: /^delete many: quietly$/,
    field: /Deleted\/Key$/,
    reason: "AWS tells only the errors of a quiet deletion; versitygw all",
  },
  {
    requests: /^delete many: (?:nothing|nonsense)$/,
    field: /^status$/,
    reason:
      "AWS: MalformedXML for a document that its schema does not allow; versitygw takes an empty one and calls another InvalidRequest",
  },
  {
    requests: /^bucket: make again$/,
    field: /^status$/,
    reason: "in us-east-1 AWS answers 200 to the owner who makes a bucket again; versitygw 409, as AWS elsewhere",
  },
  {
    requests: /^bucket: head$/,
    field: /^header content-/,
    reason: "AWS sends a type with HeadBucket; versitygw does not",
  },
  {
    requests: /^bucket: list of them$/,
    field: /BucketArn$/,
    reason: "AWS sends it; versitygw does not",
  },
];

const isOf = (known: Known, { request, field }: Difference) => known.field.test(field) && known.requests.test(request);

describeSystem("the local S3 beside versitygw", [NEEDS.versitygw], () => {
  let local: TestLocal;
  let peer: Versitygw;
  const found: Difference[] = [];

  beforeAll(async () => {
    local = await startTestLocal();
    peer = await startVersitygw();
    const [ours, theirs] = [new S3Session(local.server), new S3Session(peer)];
    for (const request of S3_REQUESTS) {
      found.push(...differences(request.name, await ours.ask(request), await theirs.ask(request)));
    }
    for (const session of [ours, theirs]) session.close();
  });
  afterAll(async () => {
    await local?.stop();
    await peer?.stop();
  });

  it("is given 300 different requests", () => {
    expect(new Set(S3_REQUESTS.map(({ name }) => name)).size).toBe(S3_REQUESTS.length);
    expect(S3_REQUESTS.length).toBeGreaterThanOrEqual(300);
  });

  it("differs nowhere else than it is known to", () => {
    expect(found.filter((difference) => !KNOWN.some((known) => isOf(known, difference)))).toEqual([]);
  });

  it.each(KNOWN)("still differs in $field of $requests: $reason", (known) => {
    expect(found.some((difference) => isOf(known, difference))).toBe(true);
  });
});
