// The page of one incident: a finding that is in the page is gone to, what is new is told without a
// jump, and what is printed says when, and shows what was folded.
(() => {
  "use strict";
  const language = document.documentElement.lang;

  const goTo = (number) => {
    const there = document.getElementById(`finding-${number}`);
    if (!there) return false;
    for (let one = there.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    there.scrollIntoView({ block: "center" });
    there.focus({ preventScroll: true });
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-finding]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && goTo(link.dataset.finding)) event.preventDefault();
  });
  document.addEventListener("vigie:finding", ({ detail }) => {
    if (!goTo(detail)) location.assign(`${location.pathname}/findings?number=${detail}`);
  });

  const news = document.getElementById("news");
  news?.addEventListener("live", () => { news.hidden = false; });

  const moment = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  const stamp = () => {
    for (const time of document.querySelectorAll("time[data-printed]")) {
      time.textContent = moment.format(new Date());
    }
  };
  stamp();
  addEventListener("beforeprint", stamp);
  for (const button of document.querySelectorAll("button[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
