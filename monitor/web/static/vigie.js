// Times in the reader's zone; UTC stays in the title and in `datetime`.
(() => {
  "use strict";
  const language = document.documentElement.lang;
  const forms = {
    full: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }),
    short: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
    weekday: new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }),
  };
  const localise = (element) => {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const text = (forms[element.dataset.form] ?? forms.full).format(moment);
    if (element.dataset.form === "age") {
      // It says how long ago; when that was is said beside it.
      if (element.title !== text) element.title = text;
      return;
    }
    if (element.textContent !== text) element.textContent = text;
  };
  const all = () => document.querySelectorAll("time[datetime]").forEach(localise);
  all();
  // Before the next paint, so that a refreshed part never shows another zone for an instant.
  new MutationObserver(all).observe(document.getElementById("content"), {
    childList: true,
    characterData: true,
    subtree: true,
  });
})();
