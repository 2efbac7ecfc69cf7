import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { dump } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { valueAt } from "../../src/config/merge.ts";
import { type RunOptions, runScar, temporaryFolder } from "../helpers/run.ts";

const ROLE = "arn:aws:iam::123456789012:role/r";
const LAYER = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:layer:${name}:1`;

/** Files in a new folder, which is the working directory and holds scar.cfg. */
function folder(files: Readonly<Record<string, unknown>>): string {
  const cwd = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : name === "scar.cfg" ? JSON.stringify(content) : dump(content);
    writeFileSync(join(cwd, name), text, { mode: 0o600 });
  }
  return cwd;
}

const run = (argv: readonly string[], cwd: string, more: RunOptions = {}) =>
  runScar(argv, { cwd, ...more, env: { SCAR_CONFIG_FOLDER: cwd, ...more.env } });

interface Shown {
  readonly scar: Record<string, unknown>;
  readonly functions: { readonly aws: readonly Record<string, unknown>[]; readonly oscar: readonly unknown[] };
  readonly storage_providers: Record<string, unknown>;
}

async function shown(argv: readonly string[], cwd = folder({}), more: RunOptions = {}): Promise<Shown> {
  const { code, stdout, stderr } = await run(argv, cwd, more);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Shown;
}

const functionOf = async (...args: Parameters<typeof shown>): Promise<Record<string, unknown>> =>
  (await shown(...args)).functions.aws[0]!;

const fdl = (...functions: object[]) => ({ functions: { aws: functions } });
const one = (lambda: object, more: object = {}) =>
  fdl({ lambda: { name: "f", container: { image: "ubuntu" }, ...lambda }, ...more });

describe("every flag stands at its path", () => {
  const init = ["init", "-n", "f", "-i", "ubuntu"];
  const invoke = ["invoke", "-n", "f"];
  const log = ["log", "-n", "f"];
  const s3 = (path: string) => [{ path, storage_provider: "s3" }];

  it.each<[string[], string, unknown]>([
    [init, "lambda.name", "f"],
    [init, "lambda.container.image", "ubuntu"],
    [[...init, "-d=-text"], "lambda.description", "-text"],
    [[...init, "-d", ""], "lambda.description", ""],
    [[...init, "-m", "1024"], "lambda.memory", 1024],
    [[...init, "-t", "60"], "lambda.timeout", 60],
    [[...init, "-tt", "20"], "lambda.container.timeout_threshold", 20],
    [[...init, "-tt", "0"], "lambda.container.timeout_threshold", 0],
    [[...init, "-ll", "debug"], "lambda.log_level", "DEBUG"],
    [[...init, "-rt", "image"], "lambda.runtime", "image"],
    [[...init, "-l", LAYER("a"), "-l", LAYER("b")], "lambda.layers", [LAYER("a"), LAYER("b")]],
    [[...init, "-ph"], "lambda.preheat", true],
    [[...init, "-em", "lambda-batch"], "lambda.execution_mode", "lambda-batch"],
    [[...init, "-e", "K=a=b", "-e", "N="], "lambda.container.environment.Variables", { K: "a=b", N: "" }],
    [[...init, "-le", "K=a=b"], "lambda.environment.Variables.K", "a=b"],
    [[...init, "-sv", "1.2.3"], "lambda.supervisor.version", "1.2.3"],
    [[...init, "-r", ROLE], "iam.role", ROLE],
    [[...init, "-ib", "bucket/in"], "lambda.input", s3("bucket/in")],
    [[...init, "-ob", "bucket/out"], "lambda.output", s3("bucket/out")],
    [[...init, "-db", "bucket"], "lambda.deployment.bucket", "bucket"],
    [[...init, "-bm", "2048"], "batch.memory", 2048],
    [[...init, "-bc", "2"], "batch.vcpus", 2],
    [[...init, "-g"], "batch.enable_gpu", true],
    [[...init, "-api", "gate"], "api_gateway.name", "gate"],
    [[...init, "--region", "eu-south-2"], "lambda.region", "eu-south-2"],
    [[...invoke, "-a"], "lambda.asynchronous", true],
    [[...invoke, "-db", "/photo.png"], "api_gateway.data_binary", "/photo.png"],
    [[...invoke, "-jd", '{"a":1}'], "api_gateway.json_data", '{"a":1}'],
    [[...invoke, "-p", '{"a":1}'], "api_gateway.parameters", '{"a":1}'],
    [[...log, "-ls", "2026/stream"], "cloudwatch.log_stream_name", "2026/stream"],
    [[...log, "-ri", "id-1"], "cloudwatch.request_id", "id-1"],
    [["run", "-n", "f", "ls", "-la", "--", "x"], "lambda.c_args", ["ls", "-la", "--", "x"]],
    [["run", "-n", "f", "-ib", "bucket/in"], "lambda.input", s3("bucket/in")],
    [["ls", "-b", "bucket/in"], "lambda.input", s3("bucket/in")],
    [["put", "-b", "bucket/in", "-p", "f"], "lambda.input", s3("bucket/in")],
    [["get", "-b", "bucket/in", "-p", "f"], "lambda.input", s3("bucket/in")],
    [["shell", "-i", "ubuntu", "-e", "A=1", "sh"], "lambda.c_args", ["sh"]],
  ])("%j: %s", async ([command, ...rest], path, want) => {
    expect(valueAt(await functionOf([command!, "--show-config", ...rest]), path)).toEqual(want);
  });

  it.each<[string[], string, unknown]>([
    [["run", "-n", "f", "-o", "out.txt"], "output_file", "out.txt"],
    [["run", "-n", "f", "-j"], "json", true],
    [["run", "-n", "f", "-v"], "verbose", true],
    [["put", "-b", "bucket", "-p", "tree"], "path", "tree"],
    [["rm", "-a"], "all", true],
    [["run", "-n", "f", "--no-files"], "no_files", true],
    [["local", "start", "--port", "5000"], "port", 5000],
    [["ls", "--local"], "local", true],
    [["ls", "--endpoint-url", "http://127.0.0.1:1"], "endpoint_url", "http://127.0.0.1:1"],
  ])("%j: scar.%s", async ([command, ...rest], key, want) => {
    expect((await shown([command!, "--show-config", ...rest])).scar).toEqual({ [key]: want });
  });

  it("files have their whole paths: a flag's from the working directory, an FDL's from its folder", async () => {
    const cwd = folder({});
    mkdirSync(join(cwd, "sub"));
    writeFileSync(join(cwd, "sub/f.yaml"), dump(one({ init_script: "s.sh", container: { image_file: "i.tar" } })));
    const argv = ["init", "-f", "sub/f.yaml", "-ep", "payload", "--show-config"];
    const { lambda } = (await functionOf(argv, cwd)) as { lambda: object };
    expect(lambda).toMatchObject({
      init_script: join(cwd, "sub/s.sh"),
      extra_payload: join(cwd, "payload"),
      container: { image_file: join(cwd, "sub/i.tar") },
    });
    expect(lambda).not.toHaveProperty("run_script");
  });

  it("-pf is the profile of every service", async () => {
    const shownFunction = await functionOf(["init", "-n", "f", "-i", "ubuntu", "-pf", "work", "--show-config"]);
    const services = ["iam", "lambda", "s3", "api_gateway", "cloudwatch", "batch", "ecr"];
    expect(services.map((name) => valueAt(shownFunction, `${name}.boto_profile`))).toEqual(services.map(() => "work"));
    const without = await functionOf(["init", "-n", "f", "-i", "ubuntu", "--show-config"]);
    expect(JSON.stringify(without)).not.toContain("boto_profile");
  });
});

describe("one region for all services", () => {
  const config = (aws: object) => ({ "scar.cfg": { scar: { config_version: "1.1.0" }, aws } });
  const regions = async (argv: readonly string[], files: object, env = {}) => {
    const found = await functionOf([...argv, "--show-config"], folder({ ...files }), { env });
    return Object.entries(found).flatMap(([name, section]) => {
      const region = valueAt(section, "region");
      return region === undefined ? [] : [`${name} ${region}`];
    });
  };
  const all = (region: string, ...others: string[]) =>
    ["api_gateway", "batch", "cloudwatch", "ecr", "lambda", "s3"].map(
      (name) => others.find((other) => other.startsWith(`${name} `)) ?? `${name} ${region}`,
    );
  const repeated = { lambda: { region: "us-east-1" }, s3: { region: "us-east-1" }, batch: { region: "us-east-1" } };

  it.each<[string, string[], object, object, string[]]>([
    ["none named", ["ls"], {}, {}, all("us-east-1")],
    ["of the environment", ["ls"], {}, { AWS_REGION: "eu-west-1" }, all("eu-west-1")],
    ["of the function", ["init", "-f", "f.yaml"], { "f.yaml": one({ region: "eu-west-1" }) }, {}, all("eu-west-1")],
    ["of scar.cfg's lambda", ["ls"], config({ lambda: { region: "eu-west-1" } }), {}, all("eu-west-1")],
    [
      "the original's file repeats us-east-1",
      ["init", "-f", "f.yaml"],
      { ...config(repeated), "f.yaml": one({ region: "eu-west-1" }) },
      {},
      all("eu-west-1"),
    ],
    [
      "edited in one section alone",
      ["ls"],
      config({ ...repeated, lambda: { region: "eu-west-1" } }),
      {},
      all("eu-west-1"),
    ],
    [
      "a section's own",
      ["init", "-f", "f.yaml"],
      { "f.yaml": one({ region: "eu-west-1" }, { api_gateway: { region: "eu-west-3" } }) },
      {},
      all("eu-west-1", "api_gateway eu-west-3"),
    ],
    [
      "an upper layer's lambda counts above a lower one's section",
      ["init", "-f", "f.yaml"],
      { ...config({ s3: { region: "eu-west-3" } }), "f.yaml": one({ region: "eu-west-1" }) },
      {},
      all("eu-west-1"),
    ],
    [
      "--region is for all",
      ["init", "-f", "f.yaml", "--region", "eu-south-2"],
      { "f.yaml": one({ region: "eu-west-1" }, { s3: { region: "eu-west-3" } }) },
      {},
      all("eu-south-2"),
    ],
    [
      "null takes a lower one away",
      ["init", "-f", "f.yaml"],
      { ...config({ s3: { region: "eu-west-3" } }), "f.yaml": one({}, { s3: { region: null } }) },
      {},
      all("us-east-1"),
    ],
  ])("%s", async (_what, argv, files, env, want) => {
    expect(await regions(argv, files, env)).toEqual(want);
  });

  it("a bucket or log elsewhere than the function is not deployed", async () => {
    const cwd = folder({ "f.yaml": one({ region: "eu-west-1" }, { s3: { region: "eu-west-3" } }) });
    const { code, stderr } = await run(
      ["init", "-f", "f.yaml", "-r", ROLE, "--endpoint-url", "http://127.0.0.1:1"],
      cwd,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        "s3.region: eu-west-3, where the function is in eu-west-1 (f.yaml:9:17): not supported",
      ),
    });
  });
});

it("what scar.cfg says of the region of buckets and logs keeps nothing from being deployed", async () => {
  const aws = { lambda: { region: "eu-west-1" }, s3: { region: "eu-west-3" }, cloudwatch: { region: "eu-west-3" } };
  const cwd = folder({ "scar.cfg": { scar: { config_version: "1.1.0" }, aws }, "f.yaml": one({}) });
  const { stderr } = await run(["init", "-f", "f.yaml", "-r", ROLE, "--endpoint-url", "http://127.0.0.1:1"], cwd);
  expect(stderr).not.toContain("not supported yet");
});

describe("the layers", () => {
  it("-l adds to the layers of the FDL, other lists replace", async () => {
    const cwd = folder({
      "scar.cfg": { scar: { config_version: "1.1.0" }, aws: { lambda: { layers: [LAYER("cfg")] } } },
      "f.yaml": one({ layers: [LAYER("fdl")], input: [{ storage_provider: "s3", path: "one/in" }] }),
      "none.yaml": one({}),
    });
    const layers = async (...argv: string[]) =>
      valueAt(await functionOf(["init", "--show-config", ...argv], cwd), "lambda.layers");
    expect(await layers("-f", "f.yaml")).toEqual([LAYER("fdl")]);
    expect(await layers("-f", "f.yaml", "-l", LAYER("cli"))).toEqual([LAYER("fdl"), LAYER("cli")]);
    expect(await layers("-f", "none.yaml", "-l", LAYER("cli"))).toEqual([LAYER("cfg"), LAYER("cli")]);
    expect(
      valueAt(await functionOf(["init", "-f", "f.yaml", "-ib", "two/in", "--show-config"], cwd), "lambda.input"),
    ).toEqual([{ storage_provider: "s3", path: "two/in" }]);
  });

  it("the command line counts over the FDL, the FDL over scar.cfg, and that over the defaults", async () => {
    const fields = fc.record(
      {
        memory: fc.integer({ min: 128, max: 10_240 }),
        timeout: fc.integer({ min: 11, max: 900 }),
        description: fc.constantFrom("", "a", "b"),
        log_level: fc.constantFrom("INFO", "DEBUG", "ERROR"),
        execution_mode: fc.constantFrom("lambda", "batch"),
        asynchronous: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const flags: Record<string, string> = {
      memory: "-m",
      timeout: "-t",
      description: "-d",
      log_level: "-ll",
      execution_mode: "-em",
    };
    await fc.assert(
      fc.asyncProperty(fields, fields, fields, async (cfg, file, line) => {
        const cwd = folder({
          "scar.cfg": { scar: { config_version: "1.1.0" }, aws: { lambda: cfg } },
          "f.yaml": one(file),
        });
        const given = Object.entries(line).filter(([key]) => key in flags);
        const argv = given.flatMap(([key, value]) => [flags[key]!, String(value)]);
        const found = await functionOf(["init", "-f", "f.yaml", "--show-config", ...argv], cwd);
        expect(found["lambda"]).toMatchObject({ ...cfg, ...file, ...Object.fromEntries(given) });
      }),
      { numRuns: 40 },
    );
  });

  it("the same configuration in another order is the same text", async () => {
    const lambda = {
      name: "f",
      container: { image: "ubuntu", environment: { Variables: { B: "1", A: "2" } } },
      memory: 256,
    };
    const turned = {
      memory: 256,
      container: { environment: { Variables: { A: "2", B: "1" } }, image: "ubuntu" },
      name: "f",
    };
    const [one, other] = await Promise.all(
      [lambda, turned].map((section) =>
        run(["init", "-f", "f.yaml", "--show-config"], folder({ "f.yaml": fdl({ lambda: section }) })),
      ),
    );
    expect(one!.stdout).toBe(other!.stdout);
    expect(Object.keys(JSON.parse(one!.stdout))).toEqual(["scar", "functions", "storage_providers"]);
  });
});

describe("secrets", () => {
  it("are masked wherever they stand", async () => {
    const cwd = folder({
      "scar.cfg": {
        scar: { config_version: "1.1.0" },
        aws: { lambda: { environment: { Variables: { DB_PASSWD: "s3cret-1" } } } },
        oscar: { c: { endpoint: "https://me:s3cret-2@oscar.example", auth_user: "me", auth_password: "s3cret-3" } },
      },
      "f.yaml": {
        functions: {
          aws: [
            {
              lambda: {
                name: "f",
                container: {
                  image: "ubuntu",
                  registry_auth: { username: "me", password: `\${env:THE_PASSWORD}` },
                  environment: { Variables: { GITHUB_TOKEN: "s3cret-4", API_KEY: "s3cret-5", PLAIN: "shown-1" } },
                },
              },
              batch: { environment: { Variables: { MY_SECRET: "s3cret-6" } } },
            },
          ],
          oscar: [{ c: { name: "svc", environment: { Variables: { awsSecretAccessKey: "s3cret-7" } } } }],
        },
        storage_providers: {
          s3: { a: { access_key: "s3cret-8", secret_key: "s3cret-9", region: "eu-west-1" } },
          minio: {
            m: { endpoint: "https://u:s3cret-10@minio.example", access_key: "s3cret-11", secret_key: "s3cret-12" },
          },
          onedata: { o: { token: "s3cret-13", space: "shown-3", oneprovider_host: "shown-4" } },
        },
      },
    });
    const argv = [
      "init",
      "-f",
      "f.yaml",
      "-e",
      "PASSWORD=s3cret-14",
      "-le",
      "SSH_PRIVATE_KEY=s3cret-15",
      "--show-config",
    ];
    const { code, stdout, stderr } = await run(argv, cwd, { env: { THE_PASSWORD: "s3cret-16" } });
    expect({ code, stderr: stderr.match(/s3cret-\d+/g) }).toEqual({ code: 0, stderr: null });
    expect(stdout.match(/s3cret-\d+/g)).toBeNull();
    expect(stdout.match(/shown-\d/g)).toHaveLength(3);
    expect(stdout.match(/"\*{8}"/g)).toHaveLength(14);
    expect(stdout).toContain('"https://me:********@oscar.example"');
  });

  it("an empty one stays: there is none", async () => {
    const cwd = folder({ "scar.cfg": { scar: { config_version: "1.1.0" }, oscar: { c: { auth_password: "" } } } });
    expect((await shown(["ls", "--show-config"], cwd)).functions.oscar).toMatchObject([{ c: { auth_password: "" } }]);
  });
});

describe("what is not served yet", () => {
  it("is shown all the same", async () => {
    const lambda = {
      execution_mode: "batch",
      runtime: "image",
      preheat: true,
      vpc: { SubnetIds: ["subnet-0a1b2c3d"], SecurityGroupIds: ["sg-0a1b2c3d"] },
      extra_payload: "x",
    };
    const cwd = folder({
      "f.yaml": {
        functions: {
          ...one(lambda, { batch: { vcpus: 4 }, api_gateway: { name: "gate" }, ecr: { delete_image: false } })
            .functions,
          oscar: [{ "my-cluster": { name: "svc", image: "ubuntu", script: "s.sh" } }],
        },
      },
    });
    for (const command of ["init", "invoke", "run", "rm", "log"]) {
      const { functions } = await shown([command, "-f", "f.yaml", "--show-config"], cwd);
      expect(functions).toMatchObject({
        aws: [
          { lambda: { ...lambda, extra_payload: join(cwd, "x") }, batch: { vcpus: 4 }, ecr: { delete_image: false } },
        ],
        oscar: [{ "my-cluster": { name: "svc", memory: "256Mi", ssl_verify: true } }],
      });
    }
  });

  it("the defaults of such sections keep nothing from being deployed", async () => {
    const cwd = folder({ "f.yaml": one({}) });
    const { stderr } = await run(["init", "-f", "f.yaml", "-r", ROLE, "--endpoint-url", "http://127.0.0.1:1"], cwd);
    expect(stderr).not.toContain("not supported yet");
  });
});

describe("the rest of the document", () => {
  it("holds the function that --function names", async () => {
    const named = (name: string) => ({ lambda: { name, container: { image: "ubuntu" } } });
    const cwd = folder({ "f.yaml": fdl(named("a"), named("b")) });
    const { functions } = await shown(["run", "-f", "f.yaml", "--function", "b", "--show-config"], cwd);
    expect(functions.aws.map((section) => valueAt(section, "lambda.name"))).toEqual(["b"]);
  });

  it("has the variables that stand for flags", async () => {
    const env = { SCAR_LOCAL: "1", AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    expect((await shown(["ls", "--show-config"], undefined, { env })).scar).toEqual({ local: true });
    const { AWS_ENDPOINT_URL } = env;
    expect((await shown(["ls", "--show-config"], undefined, { env: { AWS_ENDPOINT_URL } })).scar).toEqual({
      endpoint_url: AWS_ENDPOINT_URL,
    });
  });

  it("is one line with -j", async () => {
    const { stdout } = await run(["ls", "-j", "--show-config"], folder({}));
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("has the clusters of scar.cfg where no file names services", async () => {
    const cwd = folder({ "scar.cfg": { scar: { config_version: "1.1.0" }, oscar: { c: { endpoint: "https://o" } } } });
    const { functions, scar } = await shown(["ls", "--show-config"], cwd);
    expect(functions.oscar).toMatchObject([{ c: { endpoint: "https://o", cpu: "0.2" } }]);
    expect(scar).toEqual({ config_version: "1.1.0" });
  });

  it("has no options of a file: they are on the command line alone", async () => {
    const cwd = folder({ "f.yaml": { ...one({}), scar: { json: true } } });
    const { code, stdout, stderr } = await run(["init", "-f", "f.yaml", "--show-config"], cwd);
    expect({ code, scar: JSON.parse(stdout).scar }).toEqual({ code: 0, scar: { conf_file: "f.yaml" } });
    expect(stderr).toContain("warning: f.yaml:8:3: scar: is not read from a file");
  });
});

describe("a wrong configuration", () => {
  it("is reported with all its problems, and nothing is shown", async () => {
    const cwd = folder({
      "scar.cfg": { scar: { config_version: "1.1.0" }, aws: { lambda: { timeout: 901 } } },
      "f.yaml": one({ memory: "much", container: { image: 5 } }),
    });
    const { code, stdout, stderr } = await run(["run", "-f", "f.yaml", "-ib", "BAD", "--show-config"], cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    for (const path of ["aws.lambda.timeout", "lambda.memory", "lambda.container.image", "-ib/--input-bucket"]) {
      expect(stderr).toContain(path);
    }
  });
});

describe("it touches nothing", () => {
  let connections = 0;
  const server = createServer((_request, response) => response.writeHead(500).end());
  let endpoint = "";
  beforeAll(async () => {
    server.on("connection", () => connections++);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const lines: Record<string, string[]> = {
    init: ["-n", "f", "-i", "ubuntu", "-ib", "bucket/in"],
    invoke: ["-n", "f"],
    run: ["-n", "f", "-ib", "bucket/in", "-o", "out.txt"],
    ls: ["-b", "bucket"],
    rm: ["-a"],
    log: ["-n", "f"],
    put: ["-b", "bucket", "-p", "."],
    get: ["-b", "bucket", "-p", "out"],
    shell: ["-i", "ubuntu"],
    local: ["start"],
    update: ["-a"],
    role: ["-n", "f", "--print"],
  };

  it.each(COMMANDS.flatMap(({ name }) => [[name], [name, "--local"]]))("%s %s", async (name, ...local) => {
    const home = temporaryFolder();
    const cwd = temporaryFolder();
    chmodSync(home, 0o500);
    chmodSync(cwd, 0o500);
    const env = {
      HOME: home,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      HTTP_PROXY: endpoint,
      HTTPS_PROXY: endpoint,
    };
    const address = local.length > 0 || name === "local" ? {} : { AWS_ENDPOINT_URL: endpoint };
    const argv = [name!, "--show-config", ...local.filter(Boolean), ...lines[name!]!];
    const { code, stdout, stderr } = await runScar(argv, { cwd, env: { ...env, ...address }, tty: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      functions: { aws: expect.any(Array), oscar: [] },
      storage_providers: {},
    });
    expect([readdirSync(home), readdirSync(cwd), connections]).toEqual([[], [], 0]);
  });
});

it("an older scar.cfg is understood and stays as it is", async () => {
  const old = readFileSync(new URL("../fixtures/scar-cfg/1.0.9.json", import.meta.url), "utf8");
  const cwd = folder({ "scar.cfg": old });
  const { lambda } = (await functionOf(["ls", "--show-config"], cwd)) as { lambda: object };
  expect(lambda).toMatchObject({ runtime: "nodejs24.x", memory: 512 });
  expect([readdirSync(cwd), readFileSync(join(cwd, "scar.cfg"), "utf8")]).toEqual([["scar.cfg"], old]);
});

describe("whatever stands in the files", () => {
  const keys = fc.constantFrom(
    ...["lambda", "iam", "s3", "batch", "api_gateway", "cloudwatch", "ecr", "container", "environment", "Variables"],
    ...[
      "region",
      "boto_profile",
      "name",
      "image",
      "layers",
      "input",
      "memory",
      "init_script",
      "registry_auth",
      "__proto__",
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.oneof(
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constant("ubuntu"),
        fc.constant("eu-west-1"),
      ),
      fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  }));
  const function_ = fc.oneof(value, fc.dictionary(keys, value, { maxKeys: 4 }));
  const document = fc.record(
    {
      functions: fc.oneof(value, fc.record({ aws: fc.array(function_), oscar: value }, { requiredKeys: [] })),
      storage_providers: value,
      scar: value,
    },
    { requiredKeys: [] },
  );
  const config = fc.record({ scar: value, aws: fc.oneof(function_, value), oscar: value }, { requiredKeys: [] });

  it("it is shown, or its problems are", async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        config,
        fc.constantFrom("init", "run", "rm", "log", "shell"),
        async (file, cfg, command) => {
          const cwd = folder({ "f.yaml": JSON.stringify(file), "scar.cfg": cfg });
          const { code, stdout, stderr } = await run([command, "-f", "f.yaml", "--show-config"], cwd);
          expect([0, 2]).toContain(code);
          expect(stderr).not.toMatch(/TypeError|undefined|\n\s+at /);
          if (code === 0) expect(Object.keys(JSON.parse(stdout))).toEqual(["scar", "functions", "storage_providers"]);
          else expect(stdout).toBe("");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("a wrong value of scar.cfg is told, not resolved", async () => {
    const cwd = folder({ "scar.cfg": { aws: { lambda: { input: [""] } } } });
    const { code, stderr } = await run(["ls", "--show-config"], cwd);
    expect([code, stderr]).toEqual([2, expect.stringContaining("aws.lambda.input[0]: must be a mapping")]);
  });

  it("a scar.cfg alone too", async () => {
    await fc.assert(
      fc.asyncProperty(config, fc.constantFrom("ls", "rm"), async (cfg, command) => {
        const cwd = folder({ "scar.cfg": cfg });
        const { code, stderr } = await run([command, ...(command === "rm" ? ["-a"] : []), "--show-config"], cwd);
        expect([0, 2]).toContain(code);
        expect(stderr).not.toMatch(/TypeError|\n\s+at /);
      }),
      { numRuns: 200 },
    );
  });
});
