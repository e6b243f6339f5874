// Parts of a page that come after it: one that fails to come says so, and its button asks again.
(() => {
  "use strict";
  const show = (part, failed) => {
    part.toggleAttribute("data-failed", failed);
    part.setAttribute("aria-busy", String(!failed));
    part.querySelector(".vigie-part-waits").hidden = failed;
    part.querySelector(".vigie-part-failed").hidden = !failed;
  };
  document.addEventListener("htmx:finally:request", (event) => {
    const part = event.target.closest?.("[data-part]");
    if (part !== event.target || !part.isConnected) return;
    const status = event.detail?.ctx?.response?.raw?.status ?? event.detail?.ctx?.response?.status ?? 0;
    show(part, status < 200 || status >= 400);
  });
  document.addEventListener("click", (event) => {
    const part = event.target.closest?.("[data-again]")?.closest("[data-part]");
    if (!part) return;
    show(part, false);
    part.dispatchEvent(new CustomEvent("again"));
  });
})();
