// The key stands behind `#`, where no server sees it; it is taken out of the address, then sent.
(() => {
  "use strict";
  const enter = () => {
    const key = location.hash.slice(1);
    // A place of this page, such as the skip link's, is no key.
    if (!key || document.getElementById(key)) return;
    history.replaceState(null, "", location.pathname);
    document.getElementById("key").value = key;
    document.getElementById("enter").requestSubmit();
  };
  // Another link, opened where one is open, loads no page.
  addEventListener("hashchange", enter);
  enter();
})();
