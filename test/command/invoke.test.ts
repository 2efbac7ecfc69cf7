/** `scar invoke` of APIs as the original made them: whole commands against the local AWS. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { APIGatewayClient, DeleteRestApiCommand } from "@aws-sdk/client-api-gateway";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { originalApi, type RestApi } from "../helpers/rest-api.ts";
import { documents, Project, s3 } from "./init-project.ts";

/** Answers with its input, its query and its event's method; leaves a mark in the output bucket. */
const ECHO = `#!/bin/sh
echo x > "$TMP_OUTPUT_DIR/\${CONT_VAR_mark:-none}"
case "$CONT_VAR_do" in
  fail) echo "in $TMP_INPUT_DIR" >&2; exit 3 ;;
  big) head -c 5000000 /dev/zero ;;
  query) env | grep ^CONT_VAR_ | sort ;;
  *) if [ -n "$INPUT_FILE_PATH" ]; then cat "$INPUT_FILE_PATH"; else echo "nothing sent"; fi ;;
esac
`;

const HEADS = /^Request Id: [\w-]+\nLog Group Name: \/aws\/lambda\/echo\nLog Stream Name: \S+\n/;

let local: TestLocal;
let project: Project;
let api: RestApi;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  project.write("echo.sh", ECHO);
  const more = { init_script: "echo.sh", output: s3("marks/out") };
  const fdl = project.fdl("echo.yaml", { name: "echo", ...more }, { name: "other", ...more });
  await project.ok("init", "-f", fdl);
  api = await originalApi(local, "echo");
  await originalApi(local, "other");
});
afterAll(() => local?.stop());

const invoke = (...argv: string[]) => project.scar(["invoke", ...argv]);

describe("an answer", () => {
  it("is shown as run shows it", async () => {
    const stdout = await project.ok("invoke", "-n", "echo");
    expect(stdout).toMatch(HEADS);
    expect(stdout.replace(HEADS, "")).toBe("nothing sent\n\n");
  });

  it("is one document with -j, and the whole HTTP answer with -v", async () => {
    const short = documents(await project.ok("invoke", "-n", "echo", "-j"));
    expect(short).toEqual([
      {
        LambdaOutput: {
          StatusCode: 200,
          Payload: "nothing sent\n",
          LogGroupName: "/aws/lambda/echo",
          LogStreamName: expect.stringContaining("[$LATEST]"),
          RequestId: expect.stringMatching(/^[\w-]{36}$/),
        },
      },
    ]);
    const [whole] = documents(await project.ok("invoke", "-n", "echo", "-v")) as {
      LambdaOutput: { Headers: object };
    }[];
    expect(whole).toMatchObject({ LambdaOutput: { StatusCode: 200, Payload: "nothing sent\n" } });
    expect(whole!.LambdaOutput.Headers).toHaveProperty("amz-lambda-request-id");
  });

  it("is saved by -o, decoded", async () => {
    const content = randomBytes(5000);
    project.write("sent", content);
    const { code, stdout, stderr } = await invoke("-n", "echo", "-db", "sent", "-o", "got");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "Output saved in file 'got'\n" });
    expect(readFileSync(project.path("got"))).toEqual(content);
    expect(readdirSync(project.folder).filter((name) => name.startsWith(".scar-"))).toEqual([]);
  });

  it("that is a failure leaves the file of -o as it was", async () => {
    project.write("kept", "before");
    expect(await invoke("-n", "echo", "-p", "do=fail", "-o", "kept")).toMatchObject({ code: 1, stdout: "" });
    expect(readFileSync(project.path("kept"), "utf8")).toBe("before");
  });
});

describe("what is sent", () => {
  const output = async (...argv: string[]): Promise<string> => {
    const [document] = documents(await project.ok("invoke", "-n", "echo", "-j", ...argv));
    return (document as { LambdaOutput: { Payload: string } }).LambdaOutput.Payload;
  };

  it("is JSON to the letter", async () => {
    expect(await output("-jd", '{ "a":1.0,  "é": "\\u00e9" }')).toBe('{ "a":1.0,  "é": "\\u00e9" }');
  });

  it("is a query, as JSON or as in a URL, with data or without", async () => {
    const text = "CONT_VAR_do=query\nCONT_VAR_k=v w+&é\n";
    expect(await output("-p", '{"do": "query", "k": ["first", "v w+&é"]}')).toBe(text);
    expect(await output("-p", "do=query&k=v%20w%2B%26%C3%A9", "-jd", "[1, 2]")).toBe(text);
  });

  it("may stand in the file, where flags win", async () => {
    project.write("fdl-data", "from the file");
    project.write("flag-data", "from the flag");
    const fdl = project.fdl("sends.yaml", { name: "echo" });
    const given = "- api_gateway: {data_binary: fdl-data, parameters: {mark: [a, b]}}\n      lambda:";
    project.write(fdl, readFileSync(project.path(fdl), "utf8").replace("- lambda:", given));
    const sent = async (...argv: string[]) => documents(await project.ok("invoke", "-f", fdl, "-j", ...argv));
    expect(await sent()).toMatchObject([{ LambdaOutput: { Payload: "from the file" } }]);
    expect(await sent("-db", "flag-data")).toMatchObject([{ LambdaOutput: { Payload: "from the flag" } }]);
    expect(await sent("-jd", "{}")).toMatchObject([{ LambdaOutput: { Payload: "{}" } }]);
  });

  it("can never choose what runs", async () => {
    const wish = JSON.stringify({
      script: Buffer.from("echo taken").toString("base64"),
      cmd_args: '["env"]',
      cmd_env: {},
    });
    expect(await output("-jd", wish)).toBe(wish);
    const posted = await fetch(api.url, {
      method: "POST",
      body: wish,
      headers: { "content-type": "application/json" },
    });
    expect(Buffer.from(await posted.text(), "base64").toString()).toBe(wish);
  });

  it("that is wrong is said before anything is sent, with exit code 2", async () => {
    for (const [argv, message] of [
      [["-jd", "{bad"], "-jd: the data is not JSON"],
      [["-p", "mode"], "-p: 'mode' is neither a JSON object nor parameters such as a=1&b=2"],
      [["-db", "missing.bin"], "missing.bin"],
    ] as const) {
      const { code, stdout, stderr } = await invoke("-n", "echo", ...argv);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(message);
    }
  });

  it("that is too large is said before it is sent", async () => {
    project.write("large", Buffer.alloc(5_000_000));
    const { code, stderr } = await invoke("-n", "echo", "-db", "large");
    expect([code, stderr]).toEqual([1, expect.stringContaining("a synchronous call of a function may carry 6291456")]);
    project.write("huge", "");
    truncateSync(project.path("huge"), 3 * 1024 ** 3);
    const huge = await invoke("-n", "echo", "-db", "huge");
    expect([huge.code, huge.stderr]).toEqual([1, expect.stringContaining("API Gateway may carry 10485760")]);
    project.write("larger", Buffer.alloc(900_000));
    const asynchronous = await invoke("-n", "echo", "-a", "-db", "larger");
    expect([asynchronous.code, asynchronous.stderr]).toEqual([1, expect.stringContaining("may carry 1048576")]);
  });
});

describe("an asynchronous call of the original's API", () => {
  it("is taken, though AWS answers 502, and runs", async () => {
    const { code, stdout, stderr } = await invoke("-n", "echo", "-a", "-p", "mark=of-the-event", "-db", "echo.sh");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Function 'echo' launched successfully.\n" });
    expect(stderr).toMatch(/^The API '\w+' answered 502, .*Lambda took the event\.\n$/);
    const marks = s3Client(local.server);
    await vi.waitFor(
      async () => {
        const { Contents = [] } = await marks.send(new ListObjectsV2Command({ Bucket: "marks", Prefix: "out/" }));
        expect(Contents.map(({ Key }) => Key)).toContain("out/of-the-event");
      },
      { timeout: 20_000, interval: 100 },
    );
    marks.destroy();
  });
});

describe("what fails is named, with exit code 1", () => {
  const failure = async (...argv: string[]) => {
    const { code, stdout, stderr } = await invoke(...argv, "-j");
    expect(code).toBe(1);
    return { stdout, error: JSON.parse(stderr.trim().split("\n").at(-1)!).Error };
  };

  it("a command that fails: its log is named, nothing of its inside is told", async () => {
    const { stdout, error } = await failure("-n", "echo", "-p", "do=fail");
    expect(error).toMatchObject({
      Code: "FunctionFailed",
      Message: "Function 'echo' failed: the command ended with exit code 3",
      Hint: expect.stringMatching(/^'scar log -n echo -ri [\w-]{36}' shows what it wrote$/),
    });
    expect(stdout).not.toContain("/tmp/");
    const [, requestId] = /-ri ([\w-]+)/.exec(error.Hint)!;
    expect(await project.ok("log", "-n", "echo", "-ri", requestId!)).toMatch(/in \/tmp\/[\w-]+\/input\n/);
    const people = await invoke("-n", "echo", "-p", "do=fail");
    expect(people.stdout).toMatch(new RegExp(`${HEADS.source}$`));
  });

  it("an output that no answer can carry, which is in the log and in the bucket", async () => {
    const { error } = await failure("-n", "echo", "-p", "do=big&mark=stored");
    expect(error.Message).toContain("the output has 5000000 bytes, an answer can carry");
  });

  it.each([
    ["a function without an API", "noapi", "NoEndpoint", "Function 'noapi' has no API"],
    ["a function that is not there", "nosuch", "FunctionNotFound", "Unable to find the function 'nosuch'"],
  ])("%s", async (_what, name, Code, message) => {
    if (name === "noapi") await project.ok("init", "-f", project.fdl("noapi.yaml", { name }));
    expect((await failure("-n", name)).error).toMatchObject({ Code, Message: expect.stringContaining(message) });
  });

  it("an API that is gone, and one that may not call the function", async () => {
    await project.ok("init", "-f", project.fdl("gone.yaml", { name: "gone" }, { name: "refused" }));
    const { id } = await originalApi(local, "gone");
    const gateway = new APIGatewayClient(clientConfig(local.server));
    await gateway.send(new DeleteRestApiCommand({ restApiId: id }));
    gateway.destroy();
    expect((await failure("-n", "gone")).error).toMatchObject({
      Code: "ApiNotFound",
      Message: `the API '${id}' of function 'gone' does not exist any more`,
    });
    await originalApi(local, "refused", { permitted: false });
    expect((await failure("-n", "refused")).error).toMatchObject({ Code: "EndpointFailed" });
    expect((await failure("-n", "refused", "-a")).error).toMatchObject({ Code: "EndpointFailed" });
  });
});

describe("who may not read the API", () => {
  it("calls it all the same, as the original did", async () => {
    const { hostname, port } = new URL(local.server.endpoint);
    // In between: AWS as a stranger sees it.
    const server = createServer((incoming, outgoing) => {
      if (incoming.url!.startsWith("/restapis")) {
        const headers = { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" };
        return void outgoing.writeHead(403, headers).end('{"message": "not authorized"}');
      }
      const { method, url, headers } = incoming;
      const sent = request({ hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(sent);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const env = { ...local.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
      // A process of its own: the SDK finds keys in the process's environment.
      const denied = (...argv: string[]) =>
        promisify(execFile)(process.execPath, [join(distDir, "main.js"), "invoke", "-n", "echo", ...argv], {
          cwd: project.folder,
          env,
        });
      const { stdout, stderr } = await denied("-db", "echo.sh");
      expect(stdout).toContain(ECHO);
      expect(stderr).toMatch(/^You may not read the API '\w+' \(apigateway:GET\)/);
      expect((await denied("-a")).stdout).toBe("Function 'echo' launched successfully.\n");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("several functions of a file", () => {
  it("are named where nobody can be asked, and called one after the other", async () => {
    const { code, stderr } = await invoke("-f", "echo.yaml");
    expect([code, stderr]).toEqual([2, expect.stringContaining("'echo', 'other'")]);
    const all = documents(await project.ok("invoke", "-f", "echo.yaml", "--function", "all", "-j"));
    expect(all).toMatchObject([
      { LambdaOutput: { LogGroupName: "/aws/lambda/echo" } },
      { LambdaOutput: { LogGroupName: "/aws/lambda/other" } },
    ]);
    expect(await invoke("-f", "echo.yaml", "--function", "all", "-o", "x")).toMatchObject({ code: 2 });
    const one = await invoke("-f", "echo.yaml", "--function", "all", "-p", "do=fail");
    expect([one.code, one.stderr]).toEqual([1, expect.stringContaining("2 of 2 functions failed")]);
  });
});

describe("an API that wants signatures", () => {
  it("gets them from scar, and refuses who has none", async () => {
    await project.ok("init", "-f", project.fdl("signed.yaml", { name: "signed", init_script: "echo.sh", output: [] }));
    const { url } = await originalApi(local, "signed", { authorizationType: "AWS_IAM" });
    expect((await fetch(url)).status).toBe(403);
    expect(await project.ok("invoke", "-n", "signed")).toContain("nothing sent\n");
    const sent = ["-db", "echo.sh", "-p", '{"k": ["v w", "+&=é/*~"], "": "empty"}', "-o", "signed.out"];
    await project.ok("invoke", "-n", "signed", ...sent);
    expect(readFileSync(project.path("signed.out"), "utf8")).toBe(ECHO);
  });
});

describe("an API with binary media types", () => {
  it("gets bytes, and gives them", async () => {
    await project.ok("init", "-f", project.fdl("binary.yaml", { name: "binary", init_script: "echo.sh", output: [] }));
    const { url } = await originalApi(local, "binary", { binaryMediaTypes: ["*/*"] });
    const content = randomBytes(3000);
    project.write("bytes", content);
    await project.ok("invoke", "-n", "binary", "-db", "bytes", "-o", "bytes.out");
    expect(readFileSync(project.path("bytes.out"))).toEqual(content);
    const posted = await fetch(url, { method: "POST", body: content, headers: { accept: "image/png" } });
    expect(Buffer.from(await posted.arrayBuffer())).toEqual(content);
    expect(await project.ok("invoke", "-n", "binary", "-jd", '{"a": 1}')).toContain('\n{"a": 1}\n');
  });
});

describe("a client that is not scar", () => {
  const post = (body: string | Buffer, type: string) =>
    fetch(api.url, { method: "POST", body, headers: { "content-type": type } });
  const text = async (response: Response) => Buffer.from(await response.text(), "base64");

  it("gets base64, as the manual's curl line decodes it", async () => {
    const response = await fetch(`${api.url}?do=query&a=1&a=2`);
    expect(response.status).toBe(200);
    expect(response.headers.get("amz-log-group-name")).toBe("/aws/lambda/echo");
    expect((await text(response)).toString()).toBe("CONT_VAR_a=2\nCONT_VAR_do=query\n");
  });

  it("is told what is wrong with its body", async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]);
    const damaged = await post(png, "image/png");
    expect(damaged.status).toBe(400);
    expect(JSON.parse((await text(damaged)).toString()).exception).toContain("binary_media_types");
    const odd = await post("@@ not base64 @@", "application/octet-stream");
    expect([odd.status, (await text(odd)).toString()]).toEqual([200, "@@ not base64 @@"]);
    const broken = await post("{broken", "application/json");
    expect([broken.status, (await text(broken)).toString()]).toEqual([200, "{broken"]);
    // Above API Gateway's own limit, and above what the function's event can hold.
    for (const size of [11, 7]) {
      expect((await post("a".repeat(size * 1024 * 1024), "text/plain")).status).toBe(413);
    }
  });

  it("is one of a hundred at once, and each gets its own answer", async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => `request ${i}`);
    const answers = await Promise.all(
      numbers.map(async (number) => (await text(await post(number, "text/plain"))).toString()),
    );
    expect(answers).toEqual(numbers);
  }, 240_000);
});
