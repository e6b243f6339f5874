// A form with `data-passkey` (create or get) asks an authenticator and sends what it answers.
//
// What to ask is in `data-options`, or is had from the address in `data-offer` when it is wanted.
// Such forms are hidden where nothing can be asked; what has `data-no-passkey` is hidden where
// something can. A form with `data-autofill` besides offers passkeys where an address is typed.
(() => {
  "use strict";
  const webauthn = window.SimpleWebAuthnBrowser;
  const forms = [...document.querySelectorAll("form[data-passkey]")];
  if (!forms.length || !webauthn?.browserSupportsWebAuthn()) return;

  const offered = async (form) => {
    if (!form.dataset.offer) return JSON.parse(form.dataset.options);
    const body = new URLSearchParams();
    if (form.elements.token) body.set("token", form.elements.token.value);
    const answer = await fetch(form.dataset.offer, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { options, state } = await answer.json();
    form.elements.state.value = state;
    return options;
  };

  const asked = (form, optionsJSON, useBrowserAutofill) =>
    form.dataset.passkey === "create"
      ? webauthn.startRegistration({ optionsJSON })
      : webauthn.startAuthentication({ optionsJSON, useBrowserAutofill });

  const say = (form, name) => {
    for (const element of form.querySelectorAll("[data-passkey-failed], [data-passkey-known]")) {
      element.hidden = !element.hasAttribute(name);
    }
  };

  const send = async (form, autofill) => {
    const credential = await asked(form, await offered(form), autofill);
    form.elements.passkey.value = JSON.stringify(credential);
    form.submit();
  };

  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      say(form, "");
      send(form, false).catch((error) => {
        button.disabled = false;
        const isKnown = error.name === "InvalidStateError" && form.querySelector("[data-passkey-known]");
        say(form, isKnown ? "data-passkey-known" : "data-passkey-failed");
      });
    });
  }
  for (const element of document.querySelectorAll("[data-no-passkey]")) element.hidden = true;

  const filling = forms.find((form) => "autofill" in form.dataset);
  if (filling) {
    webauthn.browserSupportsWebAuthnAutofill().then((able) => {
      // Whoever types a password instead, or asks by the button, ends it: nothing is said then.
      if (able) send(filling, true).catch(() => undefined);
    });
  }
})();
