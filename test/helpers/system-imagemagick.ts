/** An image with Debian's ImageMagick, built by a real Docker Engine without a network. */
import { copyFileSync, cpSync, mkdirSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DockerEngine } from "./system-docker.ts";
import { program } from "./system-needs.ts";
import { check } from "./system-process.ts";
import { addPrograms, makeRoot } from "./system-rootfs.ts";

/** Formats that the image reads and writes: a package has to stay below Lambda's 50 MB. */
const CODERS = ["jpeg", "png"];

const DOCKERFILE = `FROM scratch
ADD root.tar /
ENV PATH=/usr/bin:/bin LC_ALL=C.UTF-8
RUN convert -version && mkdir /pictures && touch /pictures/removed
RUN rm /pictures/removed && echo "images are turned grey here" > /pictures/README
WORKDIR /pictures
CMD ["/bin/sh"]
`;

/** Builds the image and writes it to `folder`/imagemagick.tar with `docker save`; answers that path. */
export async function saveImageMagick(engine: DockerEngine, folder: string): Promise<string> {
  const context = join(folder, "imagemagick");
  const root = join(context, "root");
  const archive = join(folder, "imagemagick.tar");
  makeRoot(root);
  await addImageMagick(root);
  await check("tar", ["-C", root, "--owner=0", "--group=0", "-cf", join(context, "root.tar"), "."]);
  writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
  writeFileSync(join(context, ".dockerignore"), "root\n");
  await engine.docker(["build", "--quiet", "--network=host", "--tag", "example/imagemagick:6", context]);
  await engine.docker(["save", "--output", archive, "example/imagemagick:6"]);
  return archive;
}

async function addImageMagick(root: string): Promise<void> {
  const convert = program("convert");
  const settings = await check(convert, ["-list", "configure"]);
  const coders = setting(settings, "CODER_PATH");
  const configuration = setting(settings, "CONFIGURE_PATH");
  const modules = CODERS.map((name) => join(coders, `${name}.so`));
  const programs = ["sh", "basename", "cat", "mkdir", "rm", "touch"].map((name) => `/bin/${name}`);
  await addPrograms(root, [...programs, realpathSync(convert), ...modules]);
  for (const name of CODERS) copyFileSync(join(coders, `${name}.la`), join(root, coders, `${name}.la`));
  cpSync(configuration, join(root, configuration), { recursive: true });
  addAlternative(root, convert);
}

function setting(settings: string, name: string): string {
  const value = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(settings)?.[1];
  if (value === undefined) throw new Error(`convert -list configure names no ${name}`);
  return value;
}

/** Debian's `convert` is an absolute link to another absolute link: a container must follow both inside its own root. */
function addAlternative(root: string, path: string): void {
  const target = readlinkSync(path);
  mkdirSync(join(root, dirname(path)), { recursive: true });
  symlinkSync(target, join(root, path));
  if (!target.startsWith("/etc/alternatives/")) return;
  mkdirSync(join(root, "etc/alternatives"), { recursive: true });
  symlinkSync(readlinkSync(target), join(root, target));
}
