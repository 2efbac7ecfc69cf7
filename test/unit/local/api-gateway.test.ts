/** The pure parts of the local API Gateway. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executeAddress } from "../../../src/local/apigateway/execute/address.ts";
import { isBinary } from "../../../src/local/apigateway/execute/media-types.ts";
import { clfTime } from "../../../src/local/apigateway/execute/proxy-event.ts";
import { proxyResponse } from "../../../src/local/apigateway/execute/proxy-response.ts";
import { Refusal } from "../../../src/local/apigateway/execute/refusal.ts";
import { routeTo } from "../../../src/local/apigateway/execute/routing.ts";
import type { Method, Resource } from "../../../src/local/apigateway/model.ts";
import { applyPatch, type PatchPaths } from "../../../src/local/apigateway/patch.ts";
import { knownTemplate } from "../../../src/local/apigateway/templates.ts";
import { BINARY_TEMPLATE, TEXT_TEMPLATE } from "../../../src/providers/aws/api/async-template.ts";

const method = (httpMethod: string): Method => ({ httpMethod, authorizationType: "NONE", apiKeyRequired: false });
const resource = (path: string, ...verbs: string[]): Resource => ({
  id: path,
  path,
  resourceMethods: Object.fromEntries(verbs.map((verb) => [verb, method(verb)])),
});

describe("routing", () => {
  const resources = [
    resource("/"),
    resource("/{proxy+}", "ANY"),
    resource("/pets", "GET"),
    resource("/pets/{id}", "GET", "ANY"),
    resource("/pets/all", "GET"),
    resource("/empty"),
    resource("/{any}/toys", "ANY"),
  ];
  const at = (path: string, verb = "GET") => {
    const found = routeTo(resources, path, verb);
    return found && [found.resource.path, found.method.httpMethod, found.pathParameters];
  };

  it("takes fixed parts before variables before the greedy one", () => {
    expect(at("/pets")).toEqual(["/pets", "GET", null]);
    expect(at("/pets/")).toEqual(["/pets", "GET", null]);
    expect(at("/pets/all")).toEqual(["/pets/all", "GET", null]);
    expect(at("/pets/7")).toEqual(["/pets/{id}", "GET", { id: "7" }]);
    expect(at("/pets/7", "PUT")).toEqual(["/pets/{id}", "ANY", { id: "7" }]);
    expect(at("/pets/7/8")).toEqual(["/{proxy+}", "ANY", { proxy: "pets/7/8" }]);
    expect(at("/cats/toys")).toEqual(["/{any}/toys", "ANY", { any: "cats" }]);
    expect(at("/pets/toys")).toEqual(["/pets/{id}", "GET", { id: "toys" }]);
    expect(at("/empty")).toEqual(["/{proxy+}", "ANY", { proxy: "empty" }]);
  });

  it("asks no second-best resource for a verb, and knows no root without methods", () => {
    expect(at("/pets", "POST")).toBeUndefined();
    expect(at("/")).toBeUndefined();
    expect(at("")).toBeUndefined();
    expect(at("/constructor", "constructor")).toEqual(["/{proxy+}", "ANY", { proxy: "constructor" }]);
  });

  it("gives the greedy variable the whole path", () => {
    const part = fc.stringMatching(/^[\w%.-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join("/");
        expect(routeTo([resource("/{p+}", "ANY")], `/${path}`, "GET")?.pathParameters).toEqual({ p: path });
      }),
    );
  });
});

describe("addresses", () => {
  it("are read from the path and from the host", () => {
    const id = "abcdefgh12";
    const of = (path: string, host = "127.0.0.1:1") => executeAddress(host, path);
    expect(of(`/_aws/execute-api/${id}/s/a/b`)).toEqual({ apiId: id, stage: "s", path: "/a/b" });
    expect(of(`/_aws/execute-api/${id}/s`)).toEqual({ apiId: id, stage: "s", path: "/" });
    expect(of(`/_aws/execute-api/${id}`)).toEqual({ apiId: id, stage: "", path: "/" });
    expect(of("/s/a", `${id}.execute-api.localhost:80`)).toEqual({ apiId: id, stage: "s", path: "/a" });
    expect(of("/", `${id.toUpperCase()}.Execute-Api.localhost`)).toEqual({ apiId: id, stage: "", path: "/" });
    expect(of("/bucket/key")).toBeUndefined();
    expect(of("/key", "bucket.localhost")).toBeUndefined();
    expect(of("/key", "a.b.execute-api.localhost")).toBeUndefined();
  });
});

it("binary media types match exactly, by kind, or all", () => {
  expect(isBinary("image/PNG; q=1, text/html", ["image/png"])).toBe(true);
  expect(isBinary("text/html, image/png", ["image/png"])).toBe(false);
  expect(isBinary("image/png", ["image/*"])).toBe(true);
  expect(isBinary("imagery/png", ["image/*"])).toBe(false);
  expect(isBinary("text/html", ["*/*"])).toBe(true);
  expect(isBinary("*/*", ["image/png"])).toBe(false);
  expect(isBinary(undefined, ["*/*"])).toBe(false);
  expect(isBinary("image/png", [])).toBe(false);
});

it("the sums of the templates are those of the texts that init sends", () => {
  expect([knownTemplate(TEXT_TEMPLATE), knownTemplate(`${BINARY_TEMPLATE}\n`)]).toEqual(["text", "binary"]);
  expect(knownTemplate(TEXT_TEMPLATE.replace("null", "nil"))).toBeUndefined();
});

it("requestTime is in the common log format", () => {
  expect(clfTime(Date.UTC(2015, 3, 9, 12, 34, 56, 789))).toBe("09/Apr/2015:12:34:56 +0000");
});

it("whatever a function answers becomes a response or a refusal", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      try {
        expect(proxyResponse(Buffer.from(text), "*/*", ["*/*"]).status).toBeGreaterThanOrEqual(200);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
  );
});

it("a body marked base64 is what was encoded, for who accepts it", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const body = Buffer.from(bytes).toString("base64");
      const payload = Buffer.from(JSON.stringify({ body, isBase64Encoded: true }));
      expect(proxyResponse(payload, "a/b", ["a/b"]).body).toEqual(Buffer.from(bytes));
      expect(String(proxyResponse(payload, "a/c", ["a/b"]).body)).toBe(body);
    }),
  );
});

describe("patch operations", () => {
  const paths: PatchPaths = { name: "text", on: "flag", size: "integer", map: "map", flags: "flag-map", set: "set" };
  const record: Record<string, unknown> = { name: "n", on: false, map: { a: "1" }, set: ["x/y"], id: "i" };
  const patch = (...patchOperations: object[]) =>
    applyPatch(record, { patchOperations }, paths, { operation: "Update", unserved: /^\/later/ });

  it("change texts, flags, numbers, maps and sets, in order", () => {
    const after = patch(
      { op: "replace", path: "/name", value: "m" },
      { op: "replace", path: "/on", value: "true" },
      { op: "add", path: "/size", value: "7" },
      { op: "add", path: "/map/b~1c~0d", value: "2" },
      { op: "remove", path: "/map/a" },
      { op: "add", path: "/flags/f", value: "true" },
      { op: "add", path: "/set/z~1*" },
      { op: "replace", path: "/set/x~1y", value: "w/w" },
    );
    expect(after).toEqual({
      name: "m",
      on: true,
      size: 7,
      map: { "b/c~d": "2" },
      flags: { f: true },
      set: ["z/*", "w/w"],
      id: "i",
    });
    expect(record["name"]).toBe("n");
  });

  it("are refused where they lead nowhere", () => {
    const code = (operation: object) => {
      try {
        patch(operation);
        return undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    for (const operation of [
      { op: "replace", path: "/id", value: "j" },
      { op: "replace", path: "/name/deeper", value: "j" },
      { op: "replace", path: "/map", value: "j" },
      { op: "replace", path: "/name" },
      { op: "replace", path: "/on", value: "maybe" },
      { op: "replace", path: "/size", value: "-1" },
      { op: "replace", path: "/__proto__", value: "x" },
      { op: "burn", path: "/name" },
      { op: "replace", path: "name", value: "x" },
    ]) {
      expect(code(operation), JSON.stringify(operation)).toBe("BadRequestException");
    }
    expect(code({ op: "replace", path: "/later/on", value: "x" })).toBe("NotImplemented");
    expect(code({ op: "copy", path: "/name", from: "/on" })).toBe("NotImplemented");
  });
});
