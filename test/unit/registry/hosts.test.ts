import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { howToLogIn } from "../../../src/registry/failures.ts";
import { ecrOf, isLoopback, mayBePlain } from "../../../src/registry/hosts.ts";
import { linkError } from "../../../src/registry/link-error.ts";
import { isPullLimit, parseLimit, rateLimitError } from "../../../src/registry/rate-limit.ts";

describe("hosts", () => {
  it.each(["localhost", "x.localhost", "127.0.0.1", "127.8.9.10", "[::1]", "::1"])("%s is this machine", (name) => {
    expect(isLoopback(name)).toBe(true);
  });
  it.each(["127.0.0.1.example.org", "localhost.example.org", "128.0.0.1", "0x7f000001.x", "[::2]", ""])(
    "%s is not",
    (name) => {
      expect(isLoopback(name)).toBe(false);
    },
  );

  it("may be plain when the user says so, with the port or without", () => {
    expect(mayBePlain("r.x:5000", ["r.x:5000"])).toBe(true);
    expect(mayBePlain("r.x:5000", ["r.x"])).toBe(true);
    expect(mayBePlain("r.x:5001", ["r.x:5000"])).toBe(false);
    expect(mayBePlain("r.x", [])).toBe(false);
    expect(mayBePlain("[::1]:5000", [])).toBe(true);
  });

  it("of AWS's private registries tell account and region", () => {
    const ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    expect(ecrOf(ecr)).toEqual({ account: "123456789012", region: "eu-west-1" });
    expect(ecrOf("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com")?.region).toBe("us-gov-west-1");
    expect(ecrOf("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")?.region).toBe("cn-north-1");
    expect(ecrOf("public.ecr.aws")).toBeUndefined();
    expect(ecrOf(`${ecr}.example.org`)).toBeUndefined();
    expect(howToLogIn(ecr)).toContain("aws ecr get-login-password --region eu-west-1");
    expect(howToLogIn("docker.io")).toBe("'docker login'");
  });
});

describe("a rate limit", () => {
  it("is read as Docker Hub writes it", () => {
    expect(parseLimit("100;w=21600")).toEqual({ count: 100, windowSeconds: 21_600 });
    expect(parseLimit("5")).toEqual({ count: 5 });
    for (const nothing of ["", "x", undefined, ["1"], "9".repeat(400)]) expect(parseLimit(nothing)).toBeUndefined();
    expect(isPullLimit({ "ratelimit-remaining": "0;w=21600" }, "")).toBe(true);
    expect(isPullLimit({ "ratelimit-remaining": "5;w=21600" }, "")).toBe(false);
  });

  it("says to a known user to wait, to others to log in", () => {
    const limited = { image: "docker.io/a/b:1", registry: "docker.io", headers: { "ratelimit-limit": "200;w=21600" } };
    const known = rateLimitError({ ...limited, login: { user: "me" } });
    expect(known.message).toContain("200 pulls in 6 hours by me");
    expect(known.hint).not.toContain("docker login");
    expect(rateLimitError({ ...limited, login: { user: undefined } }).hint).toContain("'docker login'");
    const forged = { ...limited.headers, "docker-ratelimit-source": "\u001b[31mX" };
    expect(rateLimitError({ ...limited, headers: forged, login: { user: undefined } })).toBeInstanceOf(ScarError);
    expect(rateLimitError({ ...limited, headers: forged, login: { user: undefined } }).message).not.toContain("\u001b");
  });
});

describe("trouble on the way", () => {
  it.each([
    ["ENOTFOUND", "unknown-host"],
    ["ECONNREFUSED", "refused"],
    ["CERT_HAS_EXPIRED", "certificate"],
    ["CERT_SIGNATURE_FAILURE", "certificate"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["HPE_INVALID_CONSTANT", "broken"],
    ["ESOMETHING", "broken"],
    [undefined, "broken"],
  ])("%s is %s", (code, trouble) => {
    expect(linkError(Object.assign(new Error("x"), { code })).trouble).toBe(trouble);
  });
});
