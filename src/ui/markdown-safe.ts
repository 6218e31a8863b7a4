/** Fenced blocks and code spans: what stands in them is shown as it is by every renderer. */
const CODE = /^(?:```|~~~)[\s\S]*?^(?:```|~~~)[^\n]*$|`[^`\n]+`/gm;

/**
 * Markdown whose links show where they lead and whose images are not fetched, whatever renders it: an answer may
 * repeat what somebody wrote into a log. Inline links and images become their text and address, definitions of links
 * and HTML are text. Code is left as it is.
 */
export function makeMarkdownSafe(markdown: string): string {
  let safe = "";
  let from = 0;
  for (const { 0: code, index } of markdown.matchAll(CODE)) {
    safe += disarm(markdown.slice(from, index)) + code;
    from = index + code.length;
  }
  return safe + disarm(markdown.slice(from));
}

function disarm(text: string): string {
  return text
    .replaceAll("](", "] (")
    .replaceAll("][", "] [")
    .replace(/^([ \t>]{0,20})\[(?=[^\]\n]{1,200}\]:)/gm, "$1\\[")
    .replace(/<(?=[a-z/!?])(?!https?:\/\/)/gi, "&lt;");
}
