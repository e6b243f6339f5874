// The key stands behind `#`, where no server sees it; it is taken out of the address, then sent.
(() => {
  "use strict";
  const key = location.hash.slice(1);
  if (!key) return;
  history.replaceState(null, "", location.pathname);
  document.getElementById("key").value = key;
  document.getElementById("enter").requestSubmit();
})();
