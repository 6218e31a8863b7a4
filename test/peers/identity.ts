import { ServiceError, type WireResponse } from "./cloudwatch-wire.ts";
import type { Neighbour } from "./monitoring-wire.ts";

const FORM = "application/x-www-form-urlencoded";
const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const REQUEST_ID = "00000000-0000-4000-8000-000000000000";

/** STS in the query protocol, as far as it tells who is asking: a form goes in, XML comes out. */
export function createIdentity({ account }: { readonly account: string }): Neighbour {
  return {
    service: "sts",
    read({ method, headers }, body) {
      if (method !== "POST" || headers["content-type"] !== FORM) return undefined;
      const form = new URLSearchParams(body);
      if (form.get("Version") !== "2011-06-15") return undefined;
      return { operation: form.get("Action") ?? "", input: Object.fromEntries(form) };
    },
    run({ operation }) {
      if (operation !== "GetCallerIdentity")
        throw new ServiceError("InvalidAction", `Could not find operation ${operation}.`);
      return xmlResponse(
        200,
        `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>` +
          `<Arn>arn:aws:iam::${account}:user/on-call</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId>` +
          `<Account>${account}</Account></GetCallerIdentityResult>` +
          `<ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
      );
    },
    refuse({ code, message, status }) {
      const type = status < 500 ? "Sender" : "Receiver";
      return xmlResponse(
        status,
        `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${escapeXml(code)}</Code>` +
          `<Message>${escapeXml(message)}</Message></Error><RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`,
      );
    },
  };
}

function xmlResponse(status: number, body: string): WireResponse {
  return { status, headers: { "content-type": "text/xml" }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
