import { createHash, randomBytes } from "node:crypto";
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCredentials } from "../../src/local/http/credentials.ts";
import { chunkSignature, computeSignature, sha256Hex, signingKey, uriEncode } from "../../src/local/http/sigv4.ts";
import { userIdentity } from "../../src/local/iam/identity.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { send, sign } from "../helpers/local-signed.ts";

/** The key, date and scope of the examples in AWS's documentation of Signature Version 4 for S3. */
const example = {
  key: signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524/us-east-1/s3/aws4_request"),
  date: "20130524T000000Z",
  scope: "20130524/us-east-1/s3/aws4_request",
};

describe("the examples of AWS's documentation", () => {
  it("GET of an object with a range", () => {
    const headers = {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": sha256Hex(""),
      "x-amz-date": example.date,
    };
    const signature = computeSignature(
      { method: "GET", path: "/test.txt", query: new URLSearchParams(), headers },
      { ...example, service: "s3", signedHeaders: Object.keys(headers) },
      sha256Hex(""),
      example.key,
    );
    expect(signature).toBe("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  });

  it("a body in signed chunks", () => {
    const chunk = (previous: string, bytes: string) =>
      chunkSignature("PAYLOAD", example, example.key, previous, sha256Hex(bytes));
    const seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    const first = chunk(seed, "a".repeat(65_536));
    expect(first).toBe("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
    const second = chunk(first, "a".repeat(1024));
    expect(second).toBe("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
    expect(chunk(second, "")).toBe("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
  });

  it("a trailer behind signed chunks", () => {
    const last = "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992";
    const trailer = sha256Hex("x-amz-checksum-crc32c:sOO8/Q==\n");
    expect(chunkSignature("TRAILER", example, example.key, last, trailer)).toBe(
      "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
    );
  });
});

describe("requests", () => {
  let local: TestLocal;
  let port: number;
  beforeAll(async () => {
    local = await startTestLocal();
    port = local.server.port;
    await s3Client(local.server).send(new CreateBucketCommand({ Bucket: "signed" }));
  });
  afterAll(() => local.stop());

  it("signed with the key of the state folder are served", async () => {
    expect((await send(sign({ port, path: "/" }, local.server))).status).toBe(200);
  });

  const code = /<Code>(\w+)<\/Code>/;

  it("without a signature are refused", async () => {
    const answer = await send({ port, path: "/signed/key" });
    expect([answer.status, code.exec(answer.text)?.[1]]).toEqual([403, "AccessDenied"]);
  });

  it("signed with another secret are refused", async () => {
    const answer = await send(sign({ port, path: "/" }, { ...local.server, secretAccessKey: "other" }));
    expect([answer.status, code.exec(answer.text)?.[1]]).toEqual([403, "SignatureDoesNotMatch"]);
  });

  it("of an unknown key are refused", async () => {
    const answer = await send(sign({ port, path: "/" }, { ...local.server, accessKeyId: "AKIANOBODY" }));
    expect([answer.status, code.exec(answer.text)?.[1]]).toEqual([403, "InvalidAccessKeyId"]);
  });

  it("changed after they were signed are refused", async () => {
    const signed = sign({ port, path: "/signed?list-type=2&prefix=a" }, local.server);
    const answer = await send({ ...signed, path: "/signed?list-type=2&prefix=b" });
    expect(code.exec(answer.text)?.[1]).toBe("SignatureDoesNotMatch");
  });

  it("with an x-amz header that is not signed are refused", async () => {
    const signed = sign({ port, method: "PUT", path: "/signed/key" }, local.server);
    const answer = await send({ ...signed, headers: { ...signed.headers, "x-amz-meta-added": "1" } });
    expect(code.exec(answer.text)?.[1]).toBe("SignatureDoesNotMatch");
  });

  it.each([-16, 16])("signed %i minutes from now are refused", async (minutes) => {
    const answer = await send(sign({ port, path: "/" }, { ...local.server, time: Date.now() + minutes * 60_000 }));
    expect(code.exec(answer.text)?.[1]).toBe("RequestTimeTooSkewed");
  });

  it.each(["AWS4-HMAC-SHA256 nonsense", "Bearer x"])("with the header '%s' are refused", async (authorization) => {
    const answer = await send({ port, path: "/", headers: { authorization } });
    expect([answer.status, code.exec(answer.text)?.[1]]).toEqual([400, "AuthorizationHeaderMalformed"]);
  });

  it("of signature version 2 in a header are refused by its name", async () => {
    const { status, text } = await send({ port, path: "/", headers: { authorization: "AWS abc:def" } });
    expect([status, text]).toEqual([400, expect.stringContaining("AWS4-HMAC-SHA256")]);
  });

  it("whose body is not the one announced store nothing", async () => {
    const signed = sign({ port, method: "PUT", path: "/signed/swapped", body: "one" }, local.server);
    const answer = await send({ ...signed, body: "two" });
    expect([answer.status, code.exec(answer.text)?.[1]]).toEqual([400, "XAmzContentSHA256Mismatch"]);
    expect((await send(sign({ port, path: "/signed/swapped" }, local.server))).status).toBe(404);
  });

  it("to services that nobody serves say so", async () => {
    const answer = await send(sign({ port, path: "/" }, { ...local.server, service: "dynamodb" }));
    expect([answer.status, answer.text]).toEqual([501, expect.stringContaining("dynamodb")]);
    const headers = { "x-amz-target": "DynamoDB_20120810.ListTables" };
    const asJson = await send(sign({ port, path: "/", headers }, { ...local.server, service: "dynamodb" }));
    expect(JSON.parse(asJson.text)).toMatchObject({ __type: "NotImplemented" });
    const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const raw = { port, method: "POST", path: "/", headers: form, body: "Action=ListTopics" };
    const asQuery = await send(sign(raw, { ...local.server, service: "sns" }));
    expect(asQuery.text).toMatch(/<ErrorResponse><Error><Type>Receiver<\/Type><Code>NotImplemented</);
  });

  it("of other services are checked as those sign: no hash header, the body in the signature", async () => {
    const sts = new STSClient(clientConfig(local.server));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(local.server.accountId);
    const wrong = new STSClient({ ...clientConfig({ ...local.server, secretAccessKey: "other" }) });
    await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
  });

  /** A presigned URL's path. */
  function presign(path: string, time: number, expires: number): string {
    const date = new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const query = new URLSearchParams({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `${local.server.accessKeyId}/${scope}`,
      "X-Amz-Date": date,
      "X-Amz-Expires": String(expires),
      "X-Amz-SignedHeaders": "host",
    });
    const signature = computeSignature(
      { method: "GET", path, query, headers: { host: `127.0.0.1:${port}` } },
      { scope, date, service: "s3", signedHeaders: ["host"] },
      "UNSIGNED-PAYLOAD",
      signingKey(local.server.secretAccessKey, scope),
    );
    return `${path}?${[...query].map(([n, v]) => `${n}=${uriEncode(v)}`).join("&")}&X-Amz-Signature=${signature}`;
  }

  it("by a presigned URL are served until it expires", async () => {
    await s3Client(local.server).send(new PutObjectCommand({ Bucket: "signed", Key: "shared", Body: "content" }));
    const answer = await send({ port, path: presign("/signed/shared", Date.now() - 30_000, 60) });
    expect([answer.status, answer.text]).toEqual([200, "content"]);
    const late = await send({ port, path: presign("/signed/shared", Date.now() - 90_000, 60) });
    expect([late.status, late.text]).toEqual([403, expect.stringContaining("Request has expired")]);
  });

  describe("with a body in signed chunks", () => {
    const body = randomBytes(100_000);
    const chunks = [body.subarray(0, 65_536), body.subarray(65_536), Buffer.alloc(0)];

    function chunked(path: string, spoil: (chunk: number) => boolean) {
      const payloadHash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
      const headers = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": String(body.length),
        "x-amz-trailer": "x-amz-checksum-sha256",
      };
      const signed = sign({ port, method: "PUT", path, headers }, { ...local.server, payloadHash });
      const key = signingKey(local.server.secretAccessKey, signed.scope);
      const given = { scope: signed.scope, date: signed.headers["x-amz-date"]! };
      let previous = signed.signature;
      const wire: (Buffer | string)[] = [];
      chunks.forEach((chunk, i) => {
        previous = chunkSignature("PAYLOAD", given, key, previous, sha256Hex(chunk));
        const sent = spoil(i) ? "0".repeat(64) : previous;
        wire.push(`${chunk.length.toString(16)};chunk-signature=${sent}\r\n`, chunk, chunk.length > 0 ? "\r\n" : "");
      });
      const trailer = `x-amz-checksum-sha256:${createHash("sha256").update(body).digest("base64")}`;
      const last = chunkSignature("TRAILER", given, key, previous, sha256Hex(`${trailer}\n`));
      wire.push(`${trailer}\r\nx-amz-trailer-signature:${spoil(chunks.length) ? "0".repeat(64) : last}\r\n\r\n`);
      return send({ ...signed, body: Buffer.concat(wire.map((part) => Buffer.from(part))) });
    }

    it("are stored decoded", async () => {
      expect((await chunked("/signed/chunked", () => false)).status).toBe(200);
      const got = await s3Client(local.server).send(new GetObjectCommand({ Bucket: "signed", Key: "chunked" }));
      expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
      expect(got.ContentEncoding).toBeUndefined();
    });

    it.each([0, 1, 2, 3])("are refused when signature %i is wrong", async (wrong) => {
      const answer = await chunked("/signed/spoiled", (i) => i === wrong);
      expect([answer.status, code.exec(answer.text)?.[1]]).toEqual([403, "SignatureDoesNotMatch"]);
      expect((await send(sign({ port, path: "/signed/spoiled" }, local.server))).status).toBe(404);
    });
  });
});

describe("session credentials of functions", () => {
  const role = {
    accountId: "000000000000",
    arn: "arn:aws:sts::000000000000:assumed-role/r/f",
    userId: "AROAX:f",
    userName: "f",
  };
  const keysOf = (server: { accessKeyId: string; secretAccessKey: string }) =>
    createCredentials(server, userIdentity("000000000000", server.accessKeyId));

  it("sign as the function, before and after a restart", async () => {
    const local = await startTestLocal();
    try {
      const credentials = keysOf(local.server).issue(role);
      const sts = new STSClient({ ...clientConfig(local.server), credentials });
      expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(role.arn);
      await local.restart("killed");
      expect((await sts.send(new GetCallerIdentityCommand({}))).UserId).toBe(role.userId);
      const s3 = s3Client(local.server);
      await expect(s3.send(new ListBucketsCommand({}))).resolves.toBeDefined();
    } finally {
      await local.stop();
    }
  });

  it("are worth nothing when they were not given out here, or are mixed", () => {
    const ours = keysOf({ accessKeyId: "AKIA1", secretAccessKey: "one" });
    const theirs = keysOf({ accessKeyId: "AKIA1", secretAccessKey: "two" });
    const mine = ours.issue(role);
    expect(theirs.find(mine.accessKeyId, mine.sessionToken)).toBe("badToken");
    expect(ours.find(mine.accessKeyId, undefined)).toBe("unknownKey");
    expect(ours.find(ours.issue({ ...role, userName: "g" }).accessKeyId, mine.sessionToken)).toBe("unknownKey");
    expect(ours.find("AKIA1", mine.sessionToken)).toBe("unknownKey");
    expect(ours.find(mine.accessKeyId, "nonsense")).toBe("badToken");
    expect(ours.find(mine.accessKeyId, mine.sessionToken)).toMatchObject({ identity: role });
  });
});
