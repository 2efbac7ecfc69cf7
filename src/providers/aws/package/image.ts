/** The image of `container.image_file`, laid out as udocker's repository inside the package. */
import { ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { architecturesOf } from "../plan/definition.ts";

/** Lambda's names of OCI's architectures. */
const LAMBDA_NAME: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "arm64" };

/**
 * Packs the image archive at `path` into `folder` and returns the reference under which it is found there. Throws
 * `WrongArchitecture` when Lambda could not run it, and what the archive's reader throws.
 */
export async function packImageFile(spec: FunctionSpec, path: string, folder: string): Promise<string> {
  const { openImageArchive, packImage } = await import("../../../container/packed.ts");
  const image = await openImageArchive(path);
  try {
    requireArchitecture(spec, path, image.config.architecture);
    const reference = image.tag ?? `${spec.lambda.name.toLowerCase()}:latest`;
    await packImage(image, reference, folder);
    return reference;
  } finally {
    await image.close();
  }
}

function requireArchitecture(spec: FunctionSpec, path: string, found: string): void {
  const wanted = architecturesOf(spec)[0];
  const lambdaName = LAMBDA_NAME[found];
  if (lambdaName === wanted) return;
  const hint =
    lambdaName === undefined
      ? "Lambda runs images for amd64 and arm64"
      : `save an image for ${wanted}, or set lambda.architectures: [${lambdaName}]`;
  throw new ScarError(
    "WrongArchitecture",
    `image file '${path}' is for ${found}, function '${spec.lambda.name}' runs on ${wanted}`,
    { hint },
  );
}
