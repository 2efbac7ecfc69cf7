/** Where the SDK looks for profiles and keys. */

const AWS_FILES = ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"];

/** The SDK reads from the process's own environment where its files are. */
export async function withAwsFiles<T>(env: Readonly<Record<string, string>>, act: () => Promise<T>): Promise<T> {
  const before = AWS_FILES.map((name) => [name, process.env[name]] as const);
  for (const name of AWS_FILES) process.env[name] = env[name];
  try {
    return await act();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
