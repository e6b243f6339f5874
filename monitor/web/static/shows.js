// A button beside a password shows it until the form is sent; without scripts there is none.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("button[data-shows]")) {
    const fields = button.dataset.shows.split(" ").map((id) => document.getElementById(id));
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      for (const field of fields) field.type = shown ? "text" : "password";
    });
    button.form.addEventListener("submit", () => {
      for (const field of fields) field.type = "password";
    });
  }
})();
