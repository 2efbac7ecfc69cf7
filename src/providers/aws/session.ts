/** Where and as whom AWS is called; made by the CLI from flags, configuration and, with `--local`, the local server. */
export interface AwsSession {
  readonly region: string;
  /** Named profile of the shared AWS configuration; undefined: the standard credential chain. */
  readonly profile?: string;
  /** Custom endpoint of every service (`--local`, `--endpoint-url`, AWS_ENDPOINT_URL). */
  readonly endpoint?: string;
  /** Given for `--local` only. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, and in small letters: the way to addresses with https; default: straight. */
  readonly proxies?: Readonly<Record<string, string | undefined>>;
}
