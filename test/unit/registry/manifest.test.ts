import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { parseConfig } from "../../../src/registry/config.ts";
import { parseHelperAnswer } from "../../../src/registry/credential-helper.ts";
import { inlineCredential, parseDockerConfig } from "../../../src/registry/docker-config.ts";
import { errorCodes } from "../../../src/registry/error-codes.ts";
import { type Descriptor, parseManifest } from "../../../src/registry/manifest.ts";
import { choosePlatform, listPlatforms } from "../../../src/registry/platform.ts";
import { shownText } from "../../../src/registry/shown-text.ts";
import { makeImage, makeIndex } from "../../helpers/registry.ts";
import { anyText } from "./any-text.ts";

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
      .array(fc.tuple(fc.nat(json.length - 1), anyText(3)), {
        minLength: 1,
        maxLength: 4,
      })
      .map((cuts) => cuts.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + put.length), json)),
    fc
      .tuple(
        fc.array(fc.nat(30), { minLength: 1, maxLength: 40 }),
        fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }),
      )
      .map(([dice, others]) => {
        let at = 0;
        const put = (_key: string, value: unknown) => {
          const other = dice[at++ % dice.length]!;
          return other < others.length ? others[other] : value;
        };
        // Bottom up: what was put in is not looked into again.
        return JSON.stringify(JSON.parse(json, put)) ?? "null";
      }),
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

describe("the choice in an index", () => {
  const entry = (more: Partial<Descriptor> = {}): Descriptor => ({ mediaType: "", digest: "", size: 1, ...more });
  const attestation = entry({ annotations: { "vnd.docker.reference.type": "attestation-manifest" } });
  const arm = entry({ platform: { os: "linux", architecture: "arm64", variant: "v8" } });
  const unnamed = entry();

  it("falls on what says nothing of its platform, but never on an attestation", () => {
    expect(choosePlatform([attestation, arm, unnamed], "amd64")).toBe(unnamed);
    expect(choosePlatform([attestation, arm], "amd64")).toBeUndefined();
    expect(listPlatforms([attestation, arm, unnamed])).toBe("linux/arm64/v8");
    expect(listPlatforms([attestation])).toBe("none");
  });

  it("of several variants takes the one that most processors run, then the first", () => {
    const variants = ["v9", "v8", undefined].map((variant) =>
      entry({ platform: { os: "linux", architecture: "arm64", ...(variant && { variant }) } }),
    );
    expect(choosePlatform(variants, "arm64")).toBe(variants[1]);
    expect(choosePlatform([arm, { ...arm }], "arm64")).toBe(arm);
  });
});

describe("what a registry wrote", () => {
  it("is shown as it is where it is short and readable", () => {
    for (const text of ["", "linux", "größer €", "x".repeat(60)]) expect(shownText(text)).toBe(text);
    expect(shownText("x".repeat(61))).toBe(`${"x".repeat(60)}…`);
    expect(shownText("x".repeat(61), 61)).toBe("x".repeat(61));
  });

  it("is cut and cleared, whatever it is", () => {
    fc.assert(
      fc.property(anyText(), fc.nat(100), (text, limit) => {
        const shown = shownText(text, limit);
        expect([...shown].length).toBeLessThanOrEqual(limit + 1);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 300 },
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
