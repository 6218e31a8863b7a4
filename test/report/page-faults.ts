import { type DefaultTreeAdapterTypes, parse } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const TAGS = new Set(
  (
    "html head meta title link style body a header p code h1 h2 h3 h4 h5 dl dt dd span nav ol ul li main section div " +
    "strong em del hr br blockquote pre table thead tbody tr th td mark details summary time footer figure figcaption " +
    "svg defs pattern rect line path text desc"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "lang charset content name http-equiv rel href class id start value title datetime tabindex scope role width height " +
    "x y x1 x2 y1 y2 d dx viewBox preserveAspectRatio patternUnits aria-hidden aria-label aria-labelledby"
  ).split(" "),
);
/** What a browser would obey or hide. */
const UNSAFE = /[[\p{Cc}--\n]\p{Zl}\p{Zp}\p{Cs}\u200b\u202a-\u202e\u2066-\u2069\ufeff\u00ad]/v;

/** Everything in a page that LogAI does not write: what a value has broken out into. */
export function findFaults(page: string): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const targets: string[] = [];
  const document = parse(page, {
    sourceCodeLocationInfo: false,
    onParseError: ({ code }) => faults.push(`parse error: ${code}`),
  });

  function visit(node: Node): void {
    if ("value" in node && UNSAFE.test(node.value)) faults.push(`unsafe text: ${JSON.stringify(node.value)}`);
    if (node.nodeName === "#comment") faults.push("comment");
    if ("tagName" in node) checkElement(node);
    if ("childNodes" in node) for (const child of node.childNodes) visit(child);
  }

  function checkElement({ tagName, attrs }: Element): void {
    if (!TAGS.has(tagName)) faults.push(`<${tagName}>`);
    for (const { name, value } of attrs) {
      if (!ATTRIBUTES.has(name)) faults.push(`${tagName} ${name}`);
      if (UNSAFE.test(value)) faults.push(`unsafe ${name}: ${JSON.stringify(value)}`);
      if (name === "id" && (ids.has(value) || !/^[a-z][\w-]*$/.test(value))) faults.push(`id ${value}`);
      if (name === "id") ids.add(value);
      if (name === "href") checkAddress(tagName, value);
    }
  }

  function checkAddress(tagName: string, value: string): void {
    if (value.startsWith("#")) targets.push(value.slice(1));
    else if (tagName === "link" ? value !== "data:," : !/^https?:\/\/[!-~]+$/.test(value))
      faults.push(`${tagName} href ${value}`);
  }

  for (const child of document.childNodes) visit(child);
  return [...faults, ...targets.filter((target) => !ids.has(target)).map((target) => `no anchor ${target}`)];
}

/** The text of the first such element within the one that has this id. */
export function textOf(page: string, id: string, tagName: string): string | undefined {
  const place = findElement(parse(page).childNodes, ({ attrs }) =>
    attrs.some(({ name, value }) => name === "id" && value === id),
  );
  const element = place && findElement(place.childNodes, (one) => one.tagName === tagName);
  return element?.childNodes.map((node) => ("value" in node ? node.value : "")).join("");
}

function findElement(nodes: readonly Node[], isIt: (element: Element) => boolean): Element | undefined {
  for (const node of nodes) {
    if ("tagName" in node && isIt(node)) return node;
    const within = "childNodes" in node ? findElement(node.childNodes, isIt) : undefined;
    if (within) return within;
  }
  return undefined;
}
