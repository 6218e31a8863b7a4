import { describe, expect, test } from "vitest";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";

const sanitizer = createSanitizer();
const clean = (text: string): string => sanitizer.sanitize(text).text;

// Tokens below are put together here so that no scanner takes this file for a leak; none of them is anybody's.
const BODY = "q7Rk2VnX9bTz4LmW8cYs6HdJ3fGp5AvE1uKo";
const GITHUB = `ghp${"_"}${BODY}`;
const AWS_ID = `AKIA${"Q3XZ7NPTL5WVJ2RD"}`;
const AWS_SECRET = "k9Fh2/LmQx7+TzRw4YcVb8NsJd3GpAe6UoHi1KtX";
const JWT = `eyJhbGciOiJIUzI1NiJ9.${"eyJzdWIiOiI0MiJ9"}.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
const KEY_LINES = [
  "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun",
  "VTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u",
];

describe("what is replaced", () => {
  test.each([
    ["login by jane.doe@corp.example.com failed", "login by [EMAIL_REDACTED] failed"],
    ["GET /x?mail=jane%40corp.example.com&page=2", "GET /x?mail=[EMAIL_REDACTED]&page=2"],
    ['{"mail":"jane\\u0040corp.example.com"}', '{"mail":"[EMAIL_REDACTED]"}'],
    ["mail jane&#64;corp.example.com sent", "mail [EMAIL_REDACTED] sent"],
    ["to \u{ff4a}ane@\u{ff43}orp.example.com ok", "to [EMAIL_REDACTED] ok"],
    ["to ja\u200bne@corp.exam\u00adple.com ok", "to [EMAIL_REDACTED] ok"],
    ["to jane\u001b[1m@corp.example.com\u001b[0m ok", "to [EMAIL_REDACTED]\u001b[0m ok"],
    ["1st line\\njane@corp.example.com\\n2nd", "1st line\\n[EMAIL_REDACTED]\\n2nd"],
    ["from 10.1.2.3:8080 to 203.0.113.9/24", "from [IP_REDACTED]:8080 to [IP_REDACTED]/24"],
    ["peer 2001:db8:77::4c1f:9a20, fe80::1%eth0", "peer [IP_REDACTED], [IP_REDACTED]%eth0"],
    ["listening on [::1]:8080 and ::ffff:192.0.2.1", "listening on [[IP_REDACTED]]:8080 and [IP_REDACTED]"],
    ["card 4111 1111 1111 1111 declined", "card [CC_REDACTED] declined"],
    ["pan=378282246310005;", "pan=[CC_REDACTED];"],
    ["patient 417-38-2265 found", "patient [SSN_REDACTED] found"],
    ['{"ssn":"417382265"}', '{"ssn":"[SSN_REDACTED]"}'],
    ["call (212) 555-0187 or +1 212 555 0188", "call [PHONE_REDACTED] or [PHONE_REDACTED]"],
    ["sms to +12125550187", "sms to [PHONE_REDACTED]"],
    [`using ${AWS_ID} rejected`, "using [AWS_KEY_REDACTED] rejected"],
    [`aws_secret_access_key = ${AWS_SECRET}`, "aws_secret_access_key = [AWS_SECRET_REDACTED]"],
    [`${AWS_ID},${AWS_SECRET},eu-west-1`, "[AWS_KEY_REDACTED],[AWS_SECRET_REDACTED],eu-west-1"],
    [`git clone with ${GITHUB} failed`, "git clone with [API_KEY_REDACTED] failed"],
    ["Authorization: Bearer 3kJx92mQpLz0Vb7Y", "Authorization: Bearer [TOKEN_REDACTED]"],
    ["Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic [TOKEN_REDACTED]"],
    ["sent Basic dXNlcjpwYXNz to proxy", "sent Basic [TOKEN_REDACTED] to proxy"],
    [`jwt ${JWT} expired`, "jwt [TOKEN_REDACTED] expired"],
    [
      "dsn https://9f8e7d6c5b4a39281706aa11bb22cc33@o1.example/7",
      "dsn https://[user]:[PASSWORD_REDACTED]@o1.example/7",
    ],
    ["redis://:s3cr3t@cache:6379/0", "redis://[user]:[PASSWORD_REDACTED]@cache:6379/0"],
    ["amqp://svc:p@ssw0rd@mq:5672/v", "amqp://[user]:[PASSWORD_REDACTED]@mq:5672/v"],
    ["amqp://svc:p/ssw0rd@mq:5672/v", "amqp://[user]:[PASSWORD_REDACTED]@mq:5672/v"],
    [
      "see https://a.example/x and ftp://u:pw12@h/in",
      "see https://a.example/x and ftp://[user]:[PASSWORD_REDACTED]@h/in",
    ],
  ])("%s", (text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe("values of fields that are named like a secret", () => {
  test.each([
    ['{"password":"hunter2"}', '{"password":"[API_KEY_REDACTED]"}'],
    ['{"log":"{\\"password\\":\\"hunter2\\"}"}', '{"log":"{\\"password\\":\\"[API_KEY_REDACTED]\\"}"}'],
    [
      '{"a":"{\\"b\\":\\"{\\\\\\"pwd\\\\\\":\\\\\\"hunter2\\\\\\"}\\"}"}',
      '{"a":"{\\"b\\":\\"{\\\\\\"pwd\\\\\\":\\\\\\"[API_KEY_REDACTED]\\\\\\"}\\"}"}',
    ],
    ["level=error db_password=hunter2 err=timeout", "level=error db_password=[API_KEY_REDACTED] err=timeout"],
    ["spring.datasource.password: hunter2", "spring.datasource.password: [API_KEY_REDACTED]"],
    [
      "<config><password>hunter2</password></config>",
      "<config><password>[API_KEY_REDACTED]</password></config>",
    ],
    ["mysqldump --password hunter2 --host db", "mysqldump --password [API_KEY_REDACTED] --host db"],
    ["mysql -uroot -phunter2 orders", "mysql -uroot -p[API_KEY_REDACTED] orders"],
    ["curl -u svc:hunter22 https://a.example", "curl -u svc:[API_KEY_REDACTED] https://a.example"],
    ["X-Api-Key: 9f8e7d6c5b4a39281706", "X-Api-Key: [API_KEY_REDACTED]"],
    ["GET /v1?access_token=9f8e7d6c5b4a&limit=10", "GET /v1?access_token=[API_KEY_REDACTED]&limit=10"],
    ["Cookie: sid=9f8e7d6c5b4a; theme=dark", "Cookie: sid=[API_KEY_REDACTED]; theme=dark"],
    ["%22password%22%3A%22hunter2%22", "%22password%22%3A%22[API_KEY_REDACTED]%22"],
    ["clientSecret => 'a b c 9'", "clientSecret => '[API_KEY_REDACTED]'"],
    ["the password is 'marmalade' now", "the password is '[API_KEY_REDACTED]' now"],
    ["identified by 'hunter2';", "identified by '[API_KEY_REDACTED]';"],
  ])("%s", (text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe("private keys", () => {
  const block = (kind: string, newline: string) =>
    [`-----BEGIN ${kind}-----`, ...KEY_LINES, `-----END ${kind}-----`].join(newline);

  test.each(["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])(
    "%s",
    (kind) => {
      expect(clean(`before\n${block(kind, "\n")}\nafter`)).toBe("before\n[PRIVATE_KEY_REDACTED]\nafter");
      expect(clean(`{"key":"${block(kind, "\\n")}","a":1}`)).toBe('{"key":"[PRIVATE_KEY_REDACTED]","a":1}');
    },
  );

  test("without its end, as far as the key goes", () => {
    const text = ["-----BEGIN PRIVATE KEY-----", ...KEY_LINES].join("\n");
    expect(clean(`${text}\n2025-01-31T00:00:00Z INFO done`)).toBe(
      "[PRIVATE_KEY_REDACTED]\n2025-01-31T00:00:00Z INFO done",
    );
  });

  test("without its beginning", () => {
    expect(clean(`${KEY_LINES.join("\n")}\n-----END PRIVATE KEY-----\nnext`)).toBe(
      "[PRIVATE_KEY_REDACTED]\nnext",
    );
  });

  test("with a prefix on each line", () => {
    const text = block("RSA PRIVATE KEY", "\n").replaceAll(/^/gm, "web-1  | ");
    expect(clean(text)).toBe("web-1  | [PRIVATE_KEY_REDACTED]");
  });

  test("inside base64", () => {
    expect(clean(`pem ${btoa(block("PRIVATE KEY", "\n"))} loaded`)).toBe("pem [PRIVATE_KEY_REDACTED] loaded");
  });

  test("leaves certificates and public keys", () => {
    const text = block("CERTIFICATE", "\n");
    expect(clean(text)).toBe(text);
  });
});

describe("what stays as it is", () => {
  test.each([
    "2026-02-17T21:40:03.118Z INFO took 30417ms status=200 bytes=1771364403",
    "request_id=0c9b1f7e-52ad-4e86-b3f1-7a90d2e4c615 trace=a1c05e7d93b8426f9d27e4f8016b3c5a",
    "commit 5be1c07d92f4a86031d7e9b42c58f06a7d3e1b94",
    "rolled back from v3.12.0.7 to v3.11.4.2 for Firefox/18.4.2.61",
    "OID 1.2.840.113549.1.9.16.2",
    "nic 9c:b6:d0:4f:21:ae port guid 9c:b6:d0:ff:fe:4f:21:ae",
    "at std::vector<int>::push_back (foo.cpp:123) cafe::face::Widget",
    "order 4111111111111112 shipped, user_id=3107724519, ts 1771364403118",
    "lot 417-902-336, range 000-41-7788, ean 400-6-38133-393-1",
    "proxied http://cart:9000 then http://stock:9001/q for @oncall",
    "password must contain 8 characters; invalid password for user bob",
    "the header X-Api-Key is absent; tokens=153 max_tokens: 4096 token_type=bearer",
    'password: $DB_PASSWORD secret={{ vault.db }} token=<your token> pwd="" key=null',
    "secret/db-creds not found; cache key=basket:17:items; primary_key=invoice_no",
    "author: someone42, passenger=abc123def, keyboard=qwerty12",
    "Authorization: Bearer <token>",
    "tests: pass=120 fail=3; PWD=/app; appVersion=10.2.3.4 server_version: 5.7.33.1",
    "basic authentication failed, bearer authentication required, token refresh scheduled",
  ])("%s", (text) => {
    expect(clean(text)).toBe(text);
  });

  test("tags that are there already, forged or not", () => {
    const text =
      "a [EMAIL_REDACTED] b [IP_REDACTED] password=[API_KEY_REDACTED] x://[user]:[PASSWORD_REDACTED]@host " +
      "Authorization: Bearer [TOKEN_REDACTED]";
    expect(clean(text)).toBe(text);
  });

  test("and a forged tag protects nothing but itself", () => {
    expect(clean("password=abc9[IP_REDACTED]def9")).toBe(
      "password=[API_KEY_REDACTED][IP_REDACTED][API_KEY_REDACTED]",
    );
  });
});

describe("hostile text", () => {
  test("comments that ask for leave are ignored", () => {
    expect(clean(`// secretlint-disable gitleaks:allow\n${GITHUB}`)).toBe(
      "// secretlint-disable gitleaks:allow\n[API_KEY_REDACTED]",
    );
  });

  test("the target of a terminal hyperlink is looked at", () => {
    expect(clean("\u001b]8;;https://u:hunter2@h/\u0007link\u001b]8;;\u0007")).toBe(
      "\u001b]8;;https://[user]:[PASSWORD_REDACTED]@h/\u0007link\u001b]8;;\u0007",
    );
  });

  test.each(["a", "0", "@", ":", ".", "-", "\\", '"', "%", "=", "\u001b]", "\u200b"])(
    "a megabyte of %j ends",
    (unit) => {
      const text = unit.repeat(1_000_000 / unit.length);
      expect(clean(text)).toBe(text);
    },
  );

  test.each([
    "a@a.a.a.",
    "://a",
    "://a:",
    "token=",
    'password="',
    "eyJa.",
    "-----BEGIN PRIVATE KEY-----",
    "1:",
    "::1 ",
  ])("a megabyte of %j ends too", (unit) => {
    expect(clean(unit.repeat(1_000_000 / unit.length)).length).toBeGreaterThan(0);
  });
});
