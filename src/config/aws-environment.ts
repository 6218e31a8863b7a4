import { join } from "node:path";

/** Variables that somebody sets who means an AWS account. */
const SIGNS = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
];

/** Whether this machine is set up for AWS: a variable says so, or the files of its command-line tool are there. */
export function hasAwsSetup(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  readFile: (path: string) => string | undefined,
): boolean {
  if (SIGNS.some((name) => env[name])) return true;
  const files = [
    env.AWS_CONFIG_FILE || join(home, ".aws", "config"),
    env.AWS_SHARED_CREDENTIALS_FILE || join(home, ".aws", "credentials"),
  ];
  return files.some((path) => isThere(path, readFile));
}

function isThere(path: string, readFile: (path: string) => string | undefined): boolean {
  try {
    return readFile(path) !== undefined;
  } catch {
    // It is there and cannot be read: the SDK will say so.
    return true;
  }
}
