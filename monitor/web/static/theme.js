// Colours as the system's, before anything is drawn, where the reader chose no others.
(() => {
  "use strict";
  const root = document.documentElement;
  if (root.dataset.theme !== "auto") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new Event("vigie:colours"));
  };
  dark.addEventListener("change", follow);
  follow();
})();
