// Where the browser can make passkeys they come first, and the password is folded away.
(() => {
  "use strict";
  if (!window.SimpleWebAuthnBrowser?.browserSupportsWebAuthn()) return;
  const way = document.querySelector("[data-passkey-way]");
  const other = document.querySelector("[data-other-way]");
  if (!way || !other) return;
  way.hidden = false;
  other.open = false;
  const fields = [...other.querySelectorAll("input")];
  // What is folded away is not asked for.
  const require = () => fields.forEach((field) => { field.required = other.open; });
  other.addEventListener("toggle", require);
  require();
  const form = way.closest("form");
  way.querySelector("[data-passkey-goes]").addEventListener("click", (event) => {
    const named = [...form.querySelectorAll("#name, #email")];
    if (!named.every((field) => field.reportValidity())) event.preventDefault();
  });
})();
