/** Our own signatures of S3's requests against those of the SDK's signer. */
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodePath, sha256, signedHeaders } from "../../../../src/providers/aws/direct/signature.ts";

class Sha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string | Uint8Array);
  }
  update(chunk: Uint8Array | string): void {
    this.#hash.update(chunk);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error("not used");
  }
}

const key = fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
const secret = fc.stringMatching(/^[A-Za-z0-9/+]{20,40}$/);

it("are the same for any key, part, credentials and time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        method: fc.constantFrom("GET" as const, "PUT" as const),
        key: key.map((parts) => parts.join("/")),
        part: fc.option(fc.integer({ min: 1, max: 10_000 })),
        uploadId: fc.stringMatching(/^[A-Za-z0-9._~+/=-]{1,40}$/),
        region: fc.constantFrom("us-east-1", "cn-north-1", "eu-south-2"),
        accessKeyId: fc.stringMatching(/^AKIA[A-Z0-9]{16}$/),
        secretAccessKey: secret,
        sessionToken: fc.option(secret, { nil: undefined }),
        body: fc.uint8Array({ maxLength: 64 }),
        time: fc.date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true }),
        checksum: fc.boolean(),
      }),
      async (given) => {
        const { method, region, accessKeyId, secretAccessKey, sessionToken, body, part, uploadId } = given;
        const credentials = { accessKeyId, secretAccessKey, sessionToken };
        const path = `/bucket/${encodePath(given.key)}`;
        const query = part === null ? "" : `partNumber=${part}&uploadId=${encodeURIComponent(uploadId)}`;
        const headers = given.checksum ? { "x-amz-checksum-mode": "ENABLED" } : {};
        const host = "s3.example.com:9000";
        const hash = sha256(body);
        const time = new Date(Math.floor(given.time.getTime() / 1000) * 1000);
        const ours = signedHeaders({ method, host, path, query, region, headers, hash, time }, credentials);
        const signer = new SignatureV4({
          service: "s3",
          region,
          credentials: sessionToken === undefined ? { accessKeyId, secretAccessKey } : { ...credentials, sessionToken },
          sha256: Sha256,
          uriEscapePath: false,
        });
        const theirs = await signer.sign(
          {
            method,
            protocol: "http:",
            hostname: "s3.example.com",
            path,
            query: part === null ? {} : { partNumber: String(part), uploadId },
            headers: { host, ...headers, "x-amz-content-sha256": hash },
            body,
          },
          { signingDate: time },
        );
        expect(ours["authorization"]).toBe(theirs.headers["authorization"]);
      },
    ),
    { numRuns: 300 },
  );
});
