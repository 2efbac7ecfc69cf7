/** `lambda.container` */
import { as, boolean, environment, integer, map, secret, text } from "../field.ts";
import { file } from "./aws.ts";

const login = map(
  {
    username: as(text("a name", /./, "reader"), "User name."),
    password: as(secret, `Password or token; write \${env:NAME}, so that the file holds none.`),
  },
  "username",
  "password",
);

export const container = map({
  image: as(text("a container image", /^\S+$/, "ubuntu:24.04"), "Image of a registry, named as in `docker pull`."),
  image_file: as(file, "Image saved with `docker save`, packed into the function; wins over `image`."),
  environment: as(environment, "Variables of the container."),
  timeout_threshold: as(integer(0, 899), "Seconds of the timeout that are kept back for uploading the output."),
  registry_auth: as(login, "The function's login at the image's registry, for a private image."),
  alpine: as(boolean, "The image has musl instead of glibc (runtime `image`)."),
  create_image: as(boolean, "Whether `init` builds an image in ECR from `image` (runtime `image`)."),
});
