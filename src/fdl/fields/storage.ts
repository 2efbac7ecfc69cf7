/** Where files come from and go to: `input`, `output` and `storage_providers`. */
import { as, boolean, ids, list, map, oneOfAnyCase, secret, storagePath, text } from "../field.ts";
import { region } from "./aws.ts";

/** `s3`, `s3.ID`, `minio.ID`, `onedata.ID`; on OSCAR clusters `minio` alone too. */
export const PROVIDER = /^(s3|minio|onedata)(\.\S+)?$/;
const provider = text("s3, or TYPE.ID of a provider in storage_providers", PROVIDER, "s3");

const location = {
  storage_provider: as(provider, "s3, or TYPE.ID of a provider in storage_providers: s3.ID, minio.ID, onedata.ID."),
  path: as(storagePath, "BUCKET or BUCKET/FOLDER/…; for Onedata a folder of the space."),
};
const filters = {
  prefix: as(list(text("text")), "Only files whose names begin with any of these."),
  suffix: as(list(text("text")), "Only files whose names end with any of these."),
};

export const storage = list(map({ ...location, ...filters }, "storage_provider", "path"));

const endpoint = text("an address like https://minio.example.com", /^\S+$/, "https://minio.example.com");

const s3 = {
  ...map({
    access_key: as(secret, "Access key of an account other than the function's own."),
    secret_key: as(secret, "Its secret key."),
    region: as(region, "Region of the buckets."),
  }),
  rule: (value: { readonly [key: string]: unknown }) =>
    (["access_key", "secret_key"] as const)
      .filter((key, i, both) => value[key] == null && value[both[1 - i]!] != null)
      .map((key) => ({ key, message: "is missing: the two keys go together" })),
};

const minio = map(
  {
    endpoint: as(endpoint, "Address of the MinIO server."),
    verify: as(boolean, "Whether its certificate is checked."),
    region: as(text("a region's name", /^\S+$/, "us-east-1"), "Region that the server expects in signatures."),
    access_key: as(secret, "Access key."),
    secret_key: as(secret, "Secret key."),
  },
  "endpoint",
  "access_key",
  "secret_key",
);

const onedata = map(
  {
    oneprovider_host: as(text("the name of a host", /^\S+$/, "oneprovider.example.com"), "Host of the Oneprovider."),
    token: as(secret, "Access token."),
    space: as(text("the name of a space", /./, "space"), "Name of the space."),
  },
  "oneprovider_host",
  "token",
  "space",
);

const id = "the id of a provider";

export const storageProviders = map({
  s3: as(ids(id, s3), "S3 buckets of other accounts, by an id of your choice."),
  minio: as(ids(id, minio), "MinIO servers, by an id of your choice."),
  onedata: as(ids(id, onedata), "Onedata spaces, by an id of your choice."),
});

export const logLevel = oneOfAnyCase("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG");
