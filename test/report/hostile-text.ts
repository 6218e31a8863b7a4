import fc from "fast-check";

/** What breaks out of tags, attributes, styles, comments and pictures, or hides, where it is not escaped. */
export const HOSTILE: readonly string[] = [
  "</style><script>alert(1)</script>",
  "</title><script src=//evil.example></script>",
  "]]><img src=x onerror=alert(1)>",
  '" onload="alert(1)',
  "' onmouseover='alert(1)",
  "--><iframe src=http://evil.example></iframe>",
  "<svg onload=alert(1)><foreignObject><body onload=alert(1)>",
  "</svg></figure><object data=x>",
  "</pre></li></ol></main><base href=//evil.example>",
  "[click](javascript:alert(1))",
  "![x](http://evil.example/pixel.png)",
  "<http://evil.example/?q=1> and http://user:pass@evil.example",
  "[e1]: http://evil.example\n\n[e1]",
  "[bank](https://evil.example/\u202emoc.knab)",
  "\\`<img src=http://evil.example/x>`",
  "``` a`b\n<img src=http://evil.example/y>\n```",
  "`a\nb `![x](http://evil.example/z)` c",
  "```\nnever closed <b>",
  "| a | b |\n|---|---|\n| <i>x</i> | [e1] |",
  "> - [ ] <u>x</u> [q1] **bold** (unverified)",
  "&lt;script&gt; &#60;script&#62; &#0; &#27;[31m",
  "url(http://evil.example) expression(alert(1))",
  "\u202eabc\u2066\u200b\u00ad\ufeff",
  "\u0000\u001b[2J\u009b31m\r\n\u2028\u2029",
  "\ud800 lone \udc00",
  "#e1",
  "constructor __proto__ toString",
  "",
  " ",
];

export const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(..."<>\"'&`/=-!][()#*_~|\\ \n\u0000\u202e\ud800aeq1"), maxLength: 40 }),
  fc.array(fc.constantFrom(...HOSTILE), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(" ")),
);
