// Markup that a script brings into the page: without scripts, frames, styles and handlers, or not at all.
(() => {
  "use strict";
  if (!window.trustedTypes) return;
  const FORBIDDEN = "script, iframe, frame, object, embed, applet, base, meta, link, style, portal";
  const ADDRESSES = ["href", "xlink:href", "action", "formaction", "src"];
  const parse = trustedTypes.createPolicy("vigie", { createHTML: (markup) => markup });
  const isHarmless = (root) =>
    !root.querySelector(FORBIDDEN) &&
    [...root.querySelectorAll("*")].every(
      (element) =>
        [...element.attributes].every(
          ({ name, value }) =>
            !name.startsWith("on") &&
            name !== "srcdoc" &&
            !(ADDRESSES.includes(name) && /^[\s\0-\x1f]*(java|vb)script\s*:|^[\s\0-\x1f]*data:/i.test(value)),
        ) && !(element instanceof HTMLTemplateElement && !isHarmless(element.content)),
    );
  trustedTypes.createPolicy("default", {
    createHTML: (markup) => {
      if (!markup) return markup;
      const page = new DOMParser().parseFromString(parse.createHTML(markup), "text/html");
      return isHarmless(page) ? markup : null;
    },
  });
})();
