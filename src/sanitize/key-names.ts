/** What the name of a field says about its value. */
export type KeyKind =
  /** The value is a secret, whatever it looks like (`password`). */
  | "secret"
  /** The value is a secret if it looks like one (`token`, `key`, `auth`). */
  | "maybe"
  /** A secret key of AWS. */
  | "aws-secret"
  /** An HTTP header that carries a scheme and a credential. */
  | "authorization"
  /** An HTTP header that carries cookies. */
  | "cookie";

const SECRET = new Set(
  "password passwords passwd passwort passphrase pwd pass passcode pswd psw pw secret clientsecret mysqlpwd pgpassword sshpass pin cvv cvc cvv2 otp mfa totp contrasena senha motdepasse".split(
    " ",
  ),
);
const MAYBE = new Set(
  "token tokens secrets apikey auth authorization authentication oauth credential credentials cred creds signature sig session sessionid sess sid jsessionid phpsessid cookie jwt bearer nonce hmac salt webhook dsn pat code authtoken accesstoken refreshtoken idtoken bearertoken apitoken apisecret appsecret encryption assertion csrf xsrf hash pwdhash unseal".split(
    " ",
  ),
);
/** A last word that makes the field speak about the secret instead of holding it. */
const ABOUT = new Set(
  "count counts type types length len size name names id ids expires expiry expiration exp ttl url uri urls endpoint file files path paths dir policy policies status state error errors valid invalid required enabled disabled field fields label index prefix suffix limit usage used total budget per version algorithm alg method mode level format header headers page reset change changed updated created at time timeout date age rotation manager provider service server host port user username users email group groups role roles arn region zone bucket space spaces class ref reference refs store store_name fingerprint issuer audience scope scopes strength hint chars charset alphabet source sources min max ms seconds sec days vault".split(
    " ",
  ),
);
/** A word in front of `key` that makes it an everyday key. */
const EVERYDAY = new Set(
  "primary foreign partition sort hash range object cache map routing idempotency dedup deduplication lookup index row record message group translation i18n locale sort_by public pub host ssh known json config redis s3 property dictionary natural composite unique candidate surrogate metric event bucket tag label shard item blob storage_object press pressed hot shortcut keyboard".split(
    " ",
  ),
);

/** Splits `clientSecret`, `client_secret`, `X-Client-Secret` into lower-case words. */
function wordsOf(key: string): string[] {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/^(?:x|my|the|db)?\d+$/, ""))
    .filter((word) => word !== "");
}

/** Classifies a field's name; undefined where it has nothing to do with secrets. */
export function kindOfKey(key: string): KeyKind | undefined {
  const words = wordsOf(key);
  while (words.length > 1 && /^(?:b64|base64|pem|enc|encoded|raw|plain|value|val)$/.test(words.at(-1) ?? ""))
    words.pop();
  const last = words.at(-1) ?? "";
  const joined = words.join("");
  if (/^(?:http|proxy|x)?(?:forwarded)?authorization$/.test(joined)) return "authorization";
  if (/^(?:http|set)?cookie2?$/.test(joined)) return "cookie";
  if (isAwsSecret(joined)) return "aws-secret";
  if (ABOUT.has(last) && words.length > 1) return undefined;
  if (/public|pubkey|publishable/.test(joined)) return undefined;
  if (words.some((word) => SECRET.has(word)) || SECRET_JOINED.test(joined)) return "secret";
  if (last === "key" || last === "keys") return EVERYDAY.has(words.at(-2) ?? "") ? undefined : "maybe";
  if (words.some((word) => MAYBE.has(word)) || joined.endsWith("sonarlogin")) return "maybe";
  return MAYBE_ENDING.test(joined) ? "maybe" : undefined;
}

const SECRET_JOINED = /(?:password|passwd|passphrase|secret)(?:base|value|val|text|plain|string|\d)*$/;
const MAYBE_ENDING = /(?:token|key|secret|credential|credentials|auth|pwd|pass|pat)\d*$/;

function isAwsSecret(joined: string): boolean {
  return /aws[a-z]*secret|secretaccesskey/.test(joined) && !/name|arn|id$/.test(joined);
}
