import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXIT, ScarError } from "../../../src/errors.ts";
import { parseImageReference } from "../../../src/registry/reference.ts";
import { anyText } from "./any-text.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("a reference", () => {
  it.each<[string, string, string, string | undefined, string?]>([
    ["ubuntu", "docker.io", "library/ubuntu", "latest"],
    ["ubuntu:24.04", "docker.io", "library/ubuntu", "24.04"],
    ["grycap/cowsay", "docker.io", "grycap/cowsay", "latest"],
    ["docker.io/library/x", "docker.io", "library/x", "latest"],
    ["docker.io/x", "docker.io", "library/x", "latest"],
    ["index.docker.io/grycap/cowsay:1", "docker.io", "grycap/cowsay", "1"],
    ["a/b/c", "docker.io", "a/b/c", "latest"],
    ["localhost/x", "localhost", "x", "latest"],
    ["localhost:5000/x:y", "localhost:5000", "x", "y"],
    ["localhost:5000", "docker.io", "library/localhost", "5000"],
    ["127.0.0.1:5000/a/b", "127.0.0.1:5000", "a/b", "latest"],
    ["[::1]:5000/a:b", "[::1]:5000", "a", "b"],
    ["[2001:db8::7]/a", "[2001:db8::7]", "a", "latest"],
    ["ghcr.io/Owner/x".toLowerCase(), "ghcr.io", "owner/x", "latest"],
    ["MyHost.example:443/x", "myhost.example:443", "x", "latest"],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:c", "123456789012.dkr.ecr.eu-west-1.amazonaws.com", "a/b", "c"],
    [`x@${DIGEST}`, "docker.io", "library/x", undefined, DIGEST],
    [`host:1/repo:tag@${DIGEST}`, "host:1", "repo", "tag", DIGEST],
    ["a__b/c--d/e.f_g", "docker.io", "a__b/c--d/e.f_g", "latest"],
  ])("%s", (text, registry, repository, tag, digest) => {
    expect(parseImageReference(text)).toMatchObject({
      registry,
      repository,
      ...(tag && { tag }),
      ...(digest && { digest }),
    });
    expect(parseImageReference(text).tag).toBe(tag);
  });

  it.each<[string, RegExp]>([
    ["", /empty/],
    [" ubuntu", /space/],
    ["ubuntu\n", /cannot be seen/],
    ["grycap/CowSay", /capital letters: 'CowSay' must be written 'cowsay'/],
    ["GRYCAP/cowsay", /capital letters/],
    ["x:", /tag after ':' is empty/],
    ["x:-a", /the tag '-a'/],
    [`x:${"a".repeat(129)}`, /the tag/],
    ["x@sha256:12", /the digest 'sha256:12'/],
    [`x@sha512:${"a".repeat(128)}`, /digest/],
    [`x@${DIGEST.toUpperCase()}`, /digest/],
    ["docker://x", /begins with 'docker:\/\/'/],
    ["https://docker.io/x", /begins with 'https:\/\/'/],
    ["a//b", /empty/],
    ["a/", /empty/],
    ["/a", /empty/],
    ["host.x/", /name is missing/],
    ["host.x:0/a", /no port 0/],
    ["host.x:99999/a", /no port 99999/],
    ["host_x.y/a", /not the name of a host/],
    ["[::1/a", /host/],
    ["../../etc/passwd", /host/],
    ["a/../b", /'\.\.' is not a name/],
    ["a/-b", /not a name/],
    [DIGEST.slice(7), /identifier on one machine/],
    [`x/${"a".repeat(256)}`, /longer/],
  ])("%j is refused", (text, why) => {
    let thrown: unknown;
    try {
      parseImageReference(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ScarError);
    expect(thrown).toMatchObject({ code: "InvalidImageReference", exitCode: EXIT.usage });
    expect((thrown as ScarError).message).toMatch(why);
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const host = fc.oneof(
    fc.constantFrom("localhost", "[::1]", "docker.io", "127.0.0.1"),
    fc.tuple(word, word).map((parts) => parts.join(".")),
  );
  const parts = fc.record({
    host: fc.option(fc.tuple(host, fc.option(fc.integer({ min: 1, max: 65_535 }))), { nil: undefined }),
    path: fc.array(word, { minLength: 1, maxLength: 4 }),
    tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined }),
    digest: fc.option(fc.stringMatching(/^sha256:[0-9a-f]{64}$/), { nil: undefined }),
  });

  it("means the same written in full and as short as can be", () => {
    fc.assert(
      fc.property(parts, ({ host, path, tag, digest }) => {
        const start = host === undefined ? "" : `${host[0]}${host[1] === null ? "" : `:${host[1]}`}/`;
        const text = `${start}${path.join("/")}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
        const once = parseImageReference(text);
        expect(once).toMatchObject({ ...(tag && { tag }), ...(digest && { digest }) });
        for (const again of [parseImageReference(`${once}`), parseImageReference(once.familiar)]) {
          expect({ ...again, toString: undefined }).toEqual({ ...once, toString: undefined });
          expect(`${again}`).toBe(`${once}`);
        }
      }),
    );
  });

  it("is parsed or refused, whatever it is", () => {
    const pieces = fc.constantFrom(
      "/",
      ":",
      "@",
      ".",
      "..",
      "[",
      "]",
      "sha256:",
      "localhost",
      "A",
      "a",
      "_",
      "-",
      "%2e",
      "\0",
    );
    const text = fc.oneof(
      anyText(),
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          const { registry, repository, tag, digest } = parseImageReference(value);
          // What becomes part of a URL can lead nowhere else.
          expect(registry).toMatch(/^[a-z0-9.:[\]-]+$/);
          expect(repository).toMatch(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/);
          expect(`${tag ?? "a"}${digest ?? ""}`).toMatch(/^[\w.:-]+$/);
          expect(new URL(`https://${registry}/`).pathname).toBe("/");
        } catch (error) {
          if (!(error instanceof ScarError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
