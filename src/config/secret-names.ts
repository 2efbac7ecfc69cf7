/**
 * What variables and fields with secrets are usually called: the manual's (`secret_key`, `access_key`, `token`, `password`,
 * `auth_password`), and names like AWS_SESSION_TOKEN, PGPASSWORD, PASS. Too much hidden is a nuisance, one secret shown is a leak.
 */
const SECRET =
  /pass(?:word|wd|phrase|code)|pass$|pwd$|secret|token|credential|(?:access|api|private|signing|account|encryption)[_-]?key/i;

/** Whether a variable's or a field's name tells that its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}
