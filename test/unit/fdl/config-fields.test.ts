import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CONFIG } from "../../../src/fdl/fields.ts";
import { isTree } from "../../../src/fdl/tree.ts";
import { validate } from "../../../src/fdl/validate.ts";

const v109 = JSON.parse(readFileSync(new URL("../../fixtures/scar-cfg/1.0.9.json", import.meta.url), "utf8"));

/** What SCAR 4.3.1 writes: the newest format. */
const v110 = {
  ...v109,
  scar: { config_version: "1.1.0" },
  oscar: {
    my_oscar: {
      endpoint: "",
      auth_user: "",
      auth_password: "",
      ssl_verify: true,
      memory: "256Mi",
      cpu: "0.2",
      log_level: "INFO",
    },
  },
  aws: {
    ...v109.aws,
    lambda: { ...v109.aws.lambda, supervisor: { ...v109.aws.lambda.supervisor, version: "latest" } },
    batch: { ...v109.aws.batch, multi_node_parallel: { enabled: false, number_nodes: 10, main_node_index: 0 } },
    ecr: { delete_image: true },
  },
};

it.each([
  ["1.0.9", v109],
  ["1.1.0", v110],
])("the original's default scar.cfg %s, as it is, has nothing wrong and nothing unknown", (_version, value) => {
  expect(value.aws.batch.service_role).toContain("{account_id}");
  expect(validate(value, CONFIG, "", () => ({}))).toEqual({ problems: [], unknown: [] });
});

it("every value of it is checked: none of them may be a mapping instead", () => {
  const wrong: string[] = [];
  const spoil = (value: unknown, path: readonly string[]): void => {
    if (isTree(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) spoil(inner, [...path, key]);
      return;
    }
    const spoilt = structuredClone(v110);
    const holder = path.slice(0, -1).reduce((at, key) => at[key], spoilt);
    holder[path.at(-1)!] = { "": 1 };
    const { problems, unknown } = validate(spoilt, CONFIG, "", () => ({}));
    if (problems.length + unknown.length === 0) wrong.push(path.join("."));
  };
  spoil(v110, []);
  // A template that is not used.
  expect(wrong.filter((path) => !path.startsWith("aws.s3.event"))).toEqual([]);
});
