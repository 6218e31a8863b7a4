/** Runs in the page: what a reader would see there. The tests evaluate this object, and call it. */
({
  openAll() {
    for (const details of document.querySelectorAll("details")) details.open = true;
  },

  bodyWidth: () => getComputedStyle(document.body).maxWidth,

  pageWidth: () => document.documentElement.scrollWidth,

  /** Texts of charts that reach beyond the window. */
  textOutside() {
    return [...document.querySelectorAll(".frame text")]
      .filter((text) => {
        const { left, right } = text.getBoundingClientRect();
        return left < 0 || right > innerWidth;
      })
      .map((text) => text.textContent);
  },

  /** Cells of tables with something else upon them. */
  covered() {
    return [...document.querySelectorAll("td")]
      .filter((cell) => {
        cell.scrollIntoView({ block: "center" });
        const { left, top, height } = cell.getBoundingClientRect();
        return !cell.contains(document.elementFromPoint(left + 3, top + height / 2));
      })
      .map((cell) => cell.textContent);
  },

  /** Links within the page: all, and those that lead nowhere. */
  links() {
    const all = [...document.querySelectorAll('a[href^="#"]')].map((link) =>
      link.getAttribute("href").slice(1),
    );
    return { all, broken: all.filter((id) => document.getElementById(id) === null) };
  },

  hash: () => location.hash,

  isInView(selector) {
    const { top, bottom } = document.querySelector(selector).getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  },

  /** What somebody who got a tag into the page would try. */
  attack() {
    const script = document.createElement("script");
    script.textContent = "document.title = 'run'";
    const image = document.createElement("img");
    image.src = "http://127.0.0.1:9/pixel.png";
    const style = document.createElement("style");
    style.textContent = "body { max-width: 1px }";
    document.body.append(script, image, style);
    return document.title;
  },

  charts() {
    return [...document.querySelectorAll("#question-1 .frame")].map((frame) => {
      const box = frame.getBoundingClientRect();
      const isInside = ({ left, right, top, bottom }) =>
        left >= box.left - 1 && right <= box.right + 1 && top >= box.top - 1 && bottom <= box.bottom + 1;
      const { width, height } = frame.querySelector(".plot").viewBox.baseVal;
      const bars = [...frame.querySelectorAll(".plot path")].map((path) => path.getBBox());
      const times = [...frame.querySelectorAll(".time")].map((text) => text.getBoundingClientRect());
      const onset = frame.querySelector("line.onset");
      return {
        title: frame.querySelector("title").textContent,
        about: frame.querySelector("desc").textContent,
        hasBars: bars.some((bar) => bar.height > height / 10),
        barsInside: bars.every(
          (bar) =>
            bar.x >= 0 &&
            bar.y >= 0 &&
            bar.x + bar.width <= width + 0.5 &&
            bar.y + bar.height <= height + 0.5,
        ),
        onsetInside: onset !== null && isInside(onset.getBoundingClientRect()),
        timesApart: times.every((time, at) => at === 0 || time.left > times[at - 1].right),
        times: times.length,
        fontSize: getComputedStyle(frame.querySelector("text")).fontSize,
      };
    });
  },

  foldedHeights() {
    return [...document.querySelectorAll(".calls details > pre")].map(
      (pre) => pre.getBoundingClientRect().height,
    );
  },

  /** How light the ground is, 0 to 1, and texts whose contrast with their ground is below 4.5 (WCAG 2.2, 1.4.3). */
  contrast() {
    const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const lightness = (color) => {
      const [red, green, blue] = channels(color).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const groundOf = (element) => {
      if (!element) return "rgb(255, 255, 255)";
      const color = getComputedStyle(element).backgroundColor;
      return channels(color)[3] === 0 ? groundOf(element.parentElement) : color;
    };
    const faint = new Set();
    for (const element of document.querySelectorAll("body *")) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.nodeValue.trim());
      const isSeen = element.getBoundingClientRect().width > 0 && !element.closest("title, desc, .skip");
      if (!hasText || !isSeen) continue;
      const style = getComputedStyle(element);
      const ink = lightness(element instanceof SVGElement ? style.fill : style.color);
      const ground = lightness(groundOf(element));
      const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      if (contrast < 4.5)
        faint.add(`${element.tagName} ${element.getAttribute("class")}: ${contrast.toFixed(2)}`);
    }
    return { ground: lightness(groundOf(document.body)), faint: [...faint] };
  },
});
