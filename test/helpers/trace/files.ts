/** Contents of the files that the recordings name only by their length. */
import { randomBytes } from "node:crypto";

const CONTENTS: Readonly<Record<string, string | Buffer>> = {
  "b05-init-all-flags scripts/my-script.sh": "#!/bin/sh\necho hello\n",
  "b08-init-extra-payload payload/a.txt": "A\n",
  "b08-init-extra-payload payload/sub/b.txt": "B\n",
  "c03-darknet-s3 dog.jpg": Buffer.from("/9hmYWtlIGpwZWcA", "base64"),
  "c04-darknet-api-s3 dog.jpg": Buffer.from("/9hmYWtlIGpwZWcA", "base64"),
  "d03-run script.sh": '#!/bin/sh\necho "script ñ"\n',
  "d05-run-yaml c/run.sh": "#!/bin/sh\necho run\n",
  "d05-run-yaml c/other.sh": "#!/bin/sh\necho other\n",
  "d07-invoke data.bin": Buffer.from(Array.from({ length: 64 }, (_, i) => i)),
  // One byte more than the original let through, of all and of asynchronous calls.
  "d07-invoke big.bin": Buffer.alloc(6 * 1024 * 1024 + 1),
  "d07-invoke mid.bin": Buffer.alloc(95 * 1024 + 1),
  "d09-put f/a.txt": "aaa\n",
  "d09-put f/b.bin": Buffer.alloc(256),
  "d09-put f/sub/c.txt": "ccc\n",
  "d09-put f/sub/a.txt": "another a\n",
  "d09-put f/ñ b+c.txt": "n\n",
  "d09-put f/.hidden": "h\n",
  "d09-put f/zero": "",
};

/** The stand-in took an access point and variables whose names AWS refuses; functions of other processors are not run here. */
const POSSIBLE = [
  ["/fsap-1", "/fsap-0123456789abcdef1"],
  [" L: yaml", " LL: yaml"],
  [" M: yaml", " MM: yaml"],
  ["L=cli", "LL=cli"],
  ['"L":"cli"', '"LL":"cli"'],
  ['"M":"yaml"', '"MM":"yaml"'],
  ["[arm64]", "[x86_64]"],
] as const;

export const possible = (text: string): string =>
  POSSIBLE.reduce((given, [from, to]) => given.replaceAll(from, to), text);

/** A function of the recording, as it is with the {@link possible} text. */
export const possibleFunction = <T>(rendered: T): T =>
  JSON.parse(possible(JSON.stringify(rendered)).replaceAll('["arm64"]', '["x86_64"]'));

const IMAGES = ["image.tar", "c/img.tar"];

/** `image`: an archive of an image. */
export function contentOf(trace: string, name: string, recorded: string): string | Buffer {
  if (!recorded.startsWith("(a file of ")) return possible(recorded);
  if (IMAGES.includes(name)) return "image";
  // More than a package may have, however it is packed.
  if (trace === "c11-deployment-bucket" && name === "big.bin") return randomBytes(55_000_000);
  return CONTENTS[`${trace} ${name}`] ?? (name.endsWith(".sh") ? "#!/bin/sh\n" : "x");
}
