/**
 * AWS's own names, straight: they lead to a server of this machine for the commands alone, which see another /etc/hosts. What moves files
 * goes over connections of our own, with buckets in the hosts' names.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AwsStory } from "../helpers/aws-story.ts";
import { temporaryFolder } from "../helpers/run.ts";
import { describeSystem, NEEDS, program } from "../helpers/system-needs.ts";

/** An address of loopback that no server of the machine has. */
const AT = { host: "127.0.83.83", port: 443 };
const SERVICES = ["apigateway", "lambda", "logs", "s3", "store.s3", "sts", "tagging"];

describeSystem("AWS by its own names", [NEEDS.root, NEEDS.openssl], () => {
  const folder = temporaryFolder();
  const hosts = join(folder, "hosts");
  let story: AwsStory;

  beforeAll(async () => {
    const names = SERVICES.map((service) => `${service}.us-east-1.amazonaws.com`);
    // The libraries' publishers are not to be asked by a test.
    names.push("iam.amazonaws.com", "sts.amazonaws.com", "github.com", "snapshot.debian.org");
    writeFileSync(hosts, `127.0.0.1 localhost\n${AT.host} ${names.join(" ")}\n`);
    story = await AwsStory.start(folder, AT);
  });
  afterAll(() => story?.stop());

  it("every command reaches them", async () => {
    const mounted = [program("unshare"), "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
    await story.play(async (args) => {
      const finished = await story.scar(args, {}, mounted);
      for (const [api] of finished.stdout.matchAll(/[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com/g)) {
        appendFileSync(hosts, `${AT.host} ${api}\n`);
      }
      return finished;
    });
    const objects = "store.s3.us-east-1.amazonaws.com/up";
    expect(story.aws.asked).toEqual(
      expect.arrayContaining([
        `PUT ${objects}/small.txt (direct)`,
        `GET ${objects}/small.txt (direct)`,
        `PUT ${objects}/large.bin`,
        `GET ${objects}/large.bin (direct)`,
      ]),
    );
  });
});
