// What test_looks.py asks the browser: an object of functions, run in the page.
({
  // Texts with their contrast ratio against what lies behind them (WCAG 2), [{text, ratio, large}].
  contrast() {
    const probe = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const over = (colour, below) => {
      for (const paint of [`rgb(${below.join(" ")})`, colour]) {
        probe.fillStyle = paint;
        probe.fillRect(0, 0, 1, 1);
      }
      return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
    const ground = (node) => {
      const layers = [];
      for (let at = node; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
      return layers.reduce((below, colour) => over(colour, below), [255, 255, 255]);
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || !node.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
      if (node.closest(".unseen, noscript, [aria-disabled='true'], :disabled, .ghost, kbd, option")) continue;
      if (node.getBoundingClientRect().width < 2) continue;
      const style = getComputedStyle(node);
      const below = ground(node);
      const [dark, bright] = [light(over(style.color, below)), light(below)].sort((a, b) => a - b);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      found.push({text: walk.currentNode.data.trim().slice(0, 40), ratio: (bright + 0.05) / (dark + 0.05), large});
    }
    return found;
  },

  // What sticks out of the window sideways.
  outside() {
    const found = [...document.querySelectorAll("body *")].filter((node) => {
      if (!node.checkVisibility() || node.closest(".unseen, svg, .rack")) return false;
      const box = node.getBoundingClientRect();
      return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
    });
    if (document.documentElement.scrollWidth > innerWidth) found.push(document.documentElement);
    return found.map((node) => node.outerHTML.slice(0, 80));
  },

  // Controls smaller than a finger.
  small(least) {
    const controls = [...document.querySelectorAll("button, select, summary, a, input")].filter((node) => node.checkVisibility());
    return controls.filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width < least || box.height < least;
    }).map((node) => node.outerHTML.slice(0, 90));
  },

  // Controls and regions that a screen reader could not name.
  nameless() {
    const name = (node) => {
      const by = document.getElementById(node.getAttribute("aria-labelledby"));
      const label = node.labels && node.labels.length ? node.labels[0].innerText : "";
      return node.getAttribute("aria-label") || (by && by.textContent) || label || (node.matches("button") ? node.innerText : "");
    };
    return [...document.querySelectorAll("button, select, input, dialog, section, [role=group]")].filter((node) => !name(node).trim()).map((node) => node.outerHTML.slice(0, 90));
  },
})
