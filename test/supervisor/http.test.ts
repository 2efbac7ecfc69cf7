/** Requests of HTTP endpoints, answered by the built supervisor. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ExecutionEnvironment } from "./environment.ts";

const LAMBDA_ANSWER = 6_291_556;

const SCRIPT = `
case "$CONT_VAR_do" in
  fail) echo "looking into $TMP_INPUT_DIR, $SECRET_WORD" >&2; exit 3 ;;
  big) echo kept > "$TMP_OUTPUT_DIR/kept"; head -c "$CONT_VAR_bytes" /dev/zero ;;
  slow) sleep 60 ;;
  *) [ -z "$INPUT_FILE_PATH" ] || cat "$INPUT_FILE_PATH" ;;
esac
`;

let environment: ExecutionEnvironment;

beforeAll(async () => {
  const container = { environment: { Variables: { SECRET_WORD: "opensesame" } }, timeout_threshold: 1 };
  const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
  environment = await ExecutionEnvironment.start({ script: SCRIPT, container, env });
});
afterAll(() => environment?.stop());

/** Payload format 1.0. */
const request = (query: Record<string, string> | null, more: object = {}) => ({
  resource: "/{proxy+}",
  httpMethod: "POST",
  headers: { "Content-Type": "application/octet-stream" },
  queryStringParameters: query,
  body: null,
  isBase64Encoded: false,
  ...more,
});

const body = ({ response }: Answer): Buffer => Buffer.from(response!.body, "base64");
const exception = (answer: Answer): unknown => JSON.parse(body(answer).toString()).exception;

describe("a request", () => {
  it("is answered with what the command wrote, as base64, and where its log is", async () => {
    const bytes = Buffer.from([0, 255, 10, 137]);
    const answer = await environment.invoke(request(null, { body: bytes.toString("base64") }));
    expect(body(answer)).toEqual(bytes);
    expect(answer.response).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: {
        "amz-lambda-request-id": answer.requestId,
        "amz-log-group-name": "/aws/lambda/fn",
        "amz-log-stream-name": "2026/11/21/[$LATEST]0",
      },
    });
  });

  it("of payload format 2.0 is one", async () => {
    const answer = await environment.invoke({
      version: "2.0",
      rawPath: "/",
      rawQueryString: "do=fail",
      headers: {},
      requestContext: { http: { method: "GET", path: "/" } },
    });
    expect([answer.response!.statusCode, exception(answer)]).toEqual([500, "the command ended with exit code 3"]);
  });

  it("that fails is told that it failed, and nothing of the inside", async () => {
    const answer = await environment.invoke(request({ do: "fail" }));
    expect([answer.response!.statusCode, exception(answer)]).toEqual([500, "the command ended with exit code 3"]);
    // The one who runs the function by its name is its owner.
    const own = await environment.invoke({
      cmd_args: "[]",
      script: Buffer.from("echo why; exit 3").toString("base64"),
    });
    expect(exception(own)).toMatch(/exit code 3\nlast output:\nwhy$/);
  });

  it("that is too slow is told so, without what its owner could change", async () => {
    const answer = await environment.invoke(request({ do: "slow" }), { remainingMs: 2500 });
    expect(answer.response!.statusCode).toBe(500);
    expect(exception(answer)).toMatch(/^the command was killed at its deadline, after [\d.]+ s$/);
  });

  it("with a storage event whose object cannot be had is told nothing of buckets and endpoints", async () => {
    const Records = [{ eventSource: "aws:s3", s3: { bucket: { name: "inner-bucket" }, object: { key: "k" } } }];
    const headers = { "content-type": "application/json" };
    const answer = await environment.invoke(request(null, { headers, body: JSON.stringify({ Records }) }), {
      remainingMs: 3000,
    });
    expect([answer.response!.statusCode, exception(answer)]).toEqual([500, "the function failed; its log says why"]);
  });

  it("with a body that cannot be read is the client's own fault", async () => {
    const wrong = await environment.invoke(request(null, { body: "no base64!", isBase64Encoded: true }));
    expect([wrong.response!.statusCode, exception(wrong)]).toEqual([
      400,
      "the request says that its body is base64, and it is not",
    ]);
    const damaged = await environment.invoke(request(null, { body: "\ufffdPNG\r\n" }));
    expect([damaged.response!.statusCode, exception(damaged)]).toEqual([400, expect.stringContaining("base64")]);
  });
});

describe("an output", () => {
  const MOST = 4_717_152;

  it("of the most bytes that Lambda answers with is whole", async () => {
    const answer = await environment.invoke(request({ do: "big", bytes: String(MOST) }));
    expect(answer.response!.statusCode).toBe(200);
    expect(body(answer)).toHaveLength(MOST);
    const long = { "amz-log-group-name": "g".repeat(512), "amz-log-stream-name": "s".repeat(512) };
    const largest = { ...answer.response!, headers: { ...answer.response!.headers, ...long } };
    expect(Buffer.byteLength(JSON.stringify(largest))).toBeLessThanOrEqual(LAMBDA_ANSWER);
  });

  it("of a byte more is refused by name, and whole in the log", async () => {
    const before = environment.log.length;
    const answer = await environment.invoke(request({ do: "big", bytes: String(MOST + 1) }));
    expect([answer.response!.statusCode, exception(answer)]).toEqual([
      500,
      `the output has ${MOST + 1} bytes, an answer can carry ${MOST}`,
    ]);
    expect(environment.log.length - before).toBeGreaterThan(MOST);
  });

  it("of the same size is cut for the one who runs the function by its name", async () => {
    const script = Buffer.from(`head -c ${MOST + 1} /dev/zero`).toString("base64");
    const answer = await environment.invoke({ script });
    expect(answer.response!.statusCode).toBe(200);
    expect(body(answer).toString()).toContain("1 bytes of output left out");
    expect(Buffer.byteLength(JSON.stringify(answer.response))).toBeLessThanOrEqual(LAMBDA_ANSWER);
  });
});
