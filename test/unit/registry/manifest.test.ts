import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { parseConfig } from "../../../src/registry/config.ts";
import { parseHelperAnswer } from "../../../src/registry/credential-helper.ts";
import { inlineCredential, parseDockerConfig } from "../../../src/registry/docker-config.ts";
import { errorCodes } from "../../../src/registry/error-codes.ts";
import { parseManifest } from "../../../src/registry/manifest.ts";
import { choosePlatform, listPlatforms } from "../../../src/registry/platform.ts";
import { makeImage, makeIndex } from "../../helpers/registry.ts";

/** Runs it; only ScarError may come out. */
function onlyScarErrors(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ScarError)) throw error;
  }
}

/** JSON of the shape wanted with some values replaced by anything, or bytes changed. */
const mutations = (json: string) =>
  fc.oneof(
    fc
      .array(fc.tuple(fc.nat(json.length - 1), fc.string({ unit: "binary", maxLength: 3 })), {
        minLength: 1,
        maxLength: 4,
      })
      .map((cuts) => cuts.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + put.length), json)),
    fc.tuple(fc.infiniteStream(fc.tuple(fc.nat(9), fc.jsonValue()))).map(
      ([stream]) =>
        JSON.stringify(JSON.parse(json), (_key, value) => {
          const [dice, other] = stream.next().value as [number, unknown];
          return dice === 0 ? other : value;
        }) ?? "null",
    ),
    fc.json(),
  );

describe("hostile answers", () => {
  it("manifests and indexes are read or refused", async () => {
    const image = await makeImage({ layers: [[{ name: "a" }], [{ name: "b" }]] });
    const index = await makeIndex({
      attestation: true,
      images: [{ image, platform: { os: "linux", architecture: "arm64", variant: "v8" } }],
    });
    for (const { manifest } of [image, index]) {
      fc.assert(
        fc.property(mutations(manifest.json), fc.constantFrom(manifest.mediaType, "", "text/html"), (text, type) => {
          onlyScarErrors(() => {
            const parsed = parseManifest(Buffer.from(text), type, "x");
            if (parsed.kind === "image") {
              for (const { digest, size } of [parsed.config, ...parsed.layers]) {
                expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
                expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
              }
            } else {
              const chosen = choosePlatform(parsed.entries, "arm64");
              expect(chosen === undefined || parsed.entries.includes(chosen)).toBe(true);
              expect(typeof listPlatforms(parsed.entries)).toBe("string");
            }
          });
        }),
        { numRuns: 300 },
      );
    }
  });

  it("configurations are read or refused", async () => {
    const image = await makeImage();
    const config = [...image.blobs.values()][0]!.toString();
    fc.assert(
      fc.property(mutations(config), (text) => {
        onlyScarErrors(() => {
          const parsed = parseConfig(Buffer.from(text), "x");
          expect(parsed.diffIds.every((id) => /^sha256:[0-9a-f]{64}$/.test(id))).toBe(true);
          expect(parsed.config.env.every((entry) => typeof entry === "string")).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("Docker's configuration and helpers' answers are read or refused", () => {
    const config = JSON.stringify({
      auths: {
        "a.b": { auth: "bWU6c2VjcmV0", identitytoken: "x" },
        "https://a.b/v1/": {},
        "a.b/c": { username: "u", password: "p" },
      },
      credHelpers: { "a.b": "x" },
      credsStore: "y",
    });
    fc.assert(
      fc.property(mutations(config), (text) => {
        onlyScarErrors(() => void inlineCredential(parseDockerConfig(text, "config.json"), "a.b", "c/d"));
        onlyScarErrors(() => void parseHelperAnswer(text, "docker-credential-x"));
        expect(errorCodes(text)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("no message shows what a configuration holds", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{8,20}$/), (secret) => {
        const encoded = Buffer.from(secret).toString("base64");
        for (const text of [`{"auths":{"a.b":{"auth":"${encoded}"}}}`, `{"auths":{"a.b":{"auth":"${secret}"}} oops`]) {
          try {
            inlineCredential(parseDockerConfig(text, "config.json"), "a.b", "c");
          } catch (error) {
            const { message, hint, cause } = error as ScarError;
            for (const hidden of [secret, encoded]) expect(`${message}${hint}${cause}`).not.toContain(hidden);
          }
        }
      }),
    );
  });
});

describe("error codes", () => {
  it.each<[string, string[]]>([
    ['{"errors":[{"code":"NAME_UNKNOWN","message":"x"},{"code":"lower"},{"code":1},null]}', ["NAME_UNKNOWN"]],
    ['{"errors":{}}', []],
    ["null", []],
    ["<html>", []],
  ])("of %s", (text, wanted) => {
    expect(errorCodes(text)).toEqual(wanted);
  });
});
