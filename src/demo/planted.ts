/** Invented personal data and secrets, valid in form, that the demo's logs give away once each. */
export interface Planted {
  readonly email: string;
  readonly ip: string;
  readonly phone: string;
  /** A payment scheme's test number: it passes the Luhn check and belongs to nobody. */
  readonly cardNumber: string;
  /** The key id of AWS's own documentation. */
  readonly awsKey: string;
  readonly jwt: string;
  readonly databasePassword: string;
  readonly databaseUrl: string;
}

/** Put together here so that no scanner of this repository takes them for real ones. */
export function plantedSecrets(): Planted {
  const databasePassword = ["Wren", "Otter", "7291"].join("-");
  return {
    email: ["ana.abbott", "example.com"].join("@"),
    ip: [203, 0, 113, 77].join("."),
    phone: ["+1", "202", "555", "0143"].join("-"),
    cardNumber: ["4111", "1111", "1111", "1111"].join(""),
    awsKey: ["AKIA", "IOSFODNN7", "EXAMPLE"].join(""),
    jwt: [
      encode('{"alg":"HS256","typ":"JWT"}'),
      encode('{"sub":"customer-20417","exp":1773288000}'),
      encode("demo signature, signs nothing at all"),
    ].join("."),
    databasePassword,
    databaseUrl: `postgres://inventory_ro:${databasePassword}@10.12.6.9:5432/inventory`,
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}
