import { Failure } from "../../failure.ts";

/** Where a call was going, for the words of its failure. */
export interface CallPlace {
  readonly operation: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** Why no keys may come of the profile: a part of a sentence. */
  readonly remark?: string | undefined;
  /** The group or whatever else the call was about. */
  readonly about?: string | undefined;
}

export function throttled({ operation, region }: CallPlace, isOfQueries: boolean, text: string): Failure {
  const what = isOfQueries
    ? `too many queries run at once in this account (${cutWords(text)})`
    : `CloudWatch goes on refusing ${operation} in ${region} (${cutWords(text)})`;
  return new Failure("rate-limited", `Rate limited: ${what}.`, {
    hint: "Others in the account may be using up its quota; try again in a minute, or narrow the window.",
  });
}

export function noRoute({ operation, region }: CallPlace): Failure {
  return new Failure(
    "source-unavailable",
    `Connection timeout: no answer from CloudWatch in ${region} to ${operation}.`,
    {
      hint: `Is there a way to logs.${region}.amazonaws.com? In a VPC without internet it takes an interface endpoint for com.amazonaws.${region}.logs, or a NAT gateway.`,
    },
  );
}

/** @param code ENOTFOUND, EAI_AGAIN or ECONNREFUSED */
export function noSuchAddress({ region }: CallPlace, code: string, text: string): Failure {
  const host = /(?:ENOTFOUND|ECONNREFUSED|EAI_AGAIN) ([^\s,]+)/.exec(text)?.[1];
  const what =
    code === "ECONNREFUSED"
      ? `nothing listens at ${host ?? "its address"}`
      : `the name ${host ?? "of its host"} is not known`;
  return new Failure("source-unavailable", `CloudWatch cannot be reached: ${what}.`, {
    hint: `Check the region (${region}), the network, and AWS_ENDPOINT_URL where it is set.`,
  });
}

/** @param code of OpenSSL or of the system, EPROTO where the other side does not speak TLS */
export function noTls(code: string): Failure {
  if (code === "EPROTO")
    return new Failure(
      "source-unavailable",
      "CloudWatch cannot be reached: what answers at its address does not speak TLS.",
      { hint: "Check AWS_ENDPOINT_URL (http or https?) and HTTPS_PROXY." },
    );
  return new Failure(
    "source-unavailable",
    `CloudWatch cannot be reached safely: its certificate is not trusted (${code}).`,
    { hint: "Where a proxy looks into TLS, NODE_EXTRA_CA_CERTS takes the file with its certificate." },
  );
}

/** What comes of an answer that the service cannot have given. */
export function notItsOwn({ operation }: Pick<CallPlace, "operation">, what: string): Failure {
  return new Failure("source-unavailable", `CloudWatch answered ${operation} with ${what}.`, {
    hint: "Something in front of AWS may have answered (a proxy, a captive portal): check HTTPS_PROXY and the network.",
  });
}

/** The text of a wrong signature holds the whole request, keys included: none of it is told. */
export function badSignature({ region }: CallPlace, name: string, text: string): Failure {
  if (name === "RequestTimeTooSkewed" || /Signature (?:expired|not yet current)|clock/i.test(text))
    return new Failure("credentials", "AWS refused the signature because this machine's clock is wrong.", {
      hint: "Set the clock (on Linux: timedatectl set-ntp true) and try again.",
    });
  if (/scoped to a valid region/i.test(text))
    return new Failure(
      "configuration",
      `AWS refused the signature: the endpoint is of another region than ${region}.`,
      { hint: "Give the endpoint's region (--region), or check AWS_ENDPOINT_URL." },
    );
  return new Failure(
    "credentials",
    "AWS refused the signature: the secret key does not belong to the access key.",
    { hint: "Check AWS_SECRET_ACCESS_KEY, or the keys of the profile." },
  );
}

export function expired({ profile }: CallPlace, text: string): Failure {
  const [said = ""] = cutWords(text).split(/\. /);
  return new Failure("credentials", `The AWS credentials${ofProfile(profile)} have expired (${said}).`, {
    hint: logIn(profile),
  });
}

export function badCredentials({ profile, remark }: CallPlace, name: string, text: string): Failure {
  if (/UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId/.test(name))
    return new Failure("credentials", `AWS does not know the access key${ofProfile(profile)}.`, {
      hint: "Check the key, and that it belongs to this partition and region; temporary keys need AWS_SESSION_TOKEN too.",
    });
  // The command line and what it wrote may hold secrets.
  if (/Command failed/.test(text))
    return new Failure("credentials", `The credential_process${ofProfile(profile)} failed.`, {
      hint: `See why: aws configure get credential_process${ofOption(profile)}, and run that.`,
    });
  const said = cutWords(text);
  const isSilent = said === "" || /from any providers/.test(said);
  const why = isSilent ? remark : said;
  const where = profile === undefined ? "" : ` for profile '${profile}'`;
  return new Failure(
    "credentials",
    `No AWS credentials were found${where}${why === undefined ? "" : `: ${why}`}.`,
    {
      hint: `Looked at: AWS_ACCESS_KEY_ID, the profile (keys, SSO, role, credential_process), web identity, container and instance. ${logIn(profile)}`,
    },
  );
}

/** Whose permission an operation takes, where it is not the logs' own. */
const SERVICES: Readonly<Record<string, string>> = {
  DescribeAlarms: "cloudwatch",
  DescribeAlarmHistory: "cloudwatch",
  GetMetricData: "cloudwatch",
  ListMetrics: "cloudwatch",
  GetCallerIdentity: "sts",
};

export function denied({ operation, about }: CallPlace, text: string): Failure {
  const where = about === undefined ? "" : ` for ${about}`;
  const isOfKey = /\bKMS\b|customer master key|ciphertext/i.test(text);
  const named = /perform:? ([\w-]+:\w+)/.exec(text)?.[1];
  const action = named ?? (isOfKey ? "kms:Decrypt" : `${SERVICES[operation] ?? "logs"}:${operation}`);
  const policy = /with an explicit deny in (?:an? )?([\w -]*policy|permissions boundary)/i.exec(text)?.[1];
  if (policy !== undefined || /with an explicit deny/i.test(text))
    return new Failure(
      "access-denied",
      `Access denied${where}. Check AWS permissions: ${action} is forbidden by ${policy ? `a ${policy}`.replace(/^a (?=[aeiou])/, "an ") : "a policy"}.`,
      {
        hint: `No permission outweighs an explicit deny: it takes whoever keeps that policy to allow ${action}.`,
      },
    );
  const said =
    named === undefined && text !== "" && text !== "UnknownError" ? `AWS says: ${cutWords(text)}. ` : "";
  return new Failure("access-denied", `Access denied${where}. Check AWS permissions: ${action} is missing.`, {
    hint: `${said}Allow ${action} to this identity; docs/cloudwatch.md has a minimal policy, logai doctor tests each permission.`,
  });
}

export function notFound({ about = "?", region }: CallPlace, text: string): Failure {
  if (/log stream/i.test(text))
    return new Failure("event-not-found", `The log stream is not in ${about} any more.`, {
      hint: "It may have passed the group's retention.",
    });
  return new Failure("group-not-found", `Log group '${about}' not found.`, {
    hint: `Region ${region}; list the groups with: logai groups`,
  });
}

export function invalid({ operation }: CallPlace, text: string): Failure {
  const said = `CloudWatch says: ${cutWords(text)}.`;
  if (/filter ?pattern/i.test(text))
    return new Failure("invalid-filter", "Invalid filter pattern. Please use CloudWatch syntax.", {
      hint: said,
    });
  return new Failure("source-unavailable", `CloudWatch does not take the request ${operation} as it is.`, {
    hint: said,
  });
}

export function broken(text: string): Failure {
  const what = /^aborted/i.test(text) ? "the answer ended in the middle" : cutWords(text);
  return new Failure("source-unavailable", `The connection to CloudWatch broke: ${what}.`, {
    hint: "Check the network and try again.",
  });
}

/** An operation that an emulator, or a partition, lacks. */
export function notThere({ operation, region }: CallPlace, text: string): Failure {
  const said = text === "" || text === "UnknownError" ? "" : `It says: ${cutWords(text)}. `;
  return new Failure("source-unavailable", `The endpoint in ${region} does not know ${operation}.`, {
    hint: `${said}Emulators lack some of CloudWatch: check AWS_ENDPOINT_URL.`,
  });
}

export function unavailable({ operation }: CallPlace, status: number): Failure {
  return new Failure("source-unavailable", `CloudWatch answered ${operation} with HTTP ${status}.`, {
    hint: "The service has trouble; try again in a while.",
  });
}

/** Whatever the service says that is not known here. */
export function refused({ operation, region }: CallPlace, name: string, text: string): Failure {
  const said = [name, cutWords(text)].filter((part) => part !== "" && part !== "Error");
  return new Failure("source-unavailable", `CloudWatch refused ${operation}: ${said.join(": ")}.`, {
    hint: `Region ${region}; logai doctor tests the way to it.`,
  });
}

function ofProfile(profile: string | undefined): string {
  return profile === undefined ? "" : ` of profile '${profile}'`;
}

function ofOption(profile: string | undefined): string {
  return profile === undefined ? "" : ` --profile ${profile}`;
}

function logIn(profile: string | undefined): string {
  return `Log in: aws sso login${ofOption(profile)}, or set fresh AWS_* keys, or choose another --profile.`;
}

/** What others said, short enough for a line, without a full stop. */
function cutWords(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
