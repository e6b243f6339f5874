// A button prints the page; without script the browser's menu does.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("button[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
