// Times in the reader's zone; UTC stays in the title and in `datetime`.
(() => {
  "use strict";
  const language = document.documentElement.lang;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  const localise = (element) => {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const text = day.format(moment);
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
