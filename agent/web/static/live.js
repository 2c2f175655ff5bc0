// Takes the page anew without a flash, and leaves it alone while somebody types or selects.
"use strict";
(function () {
  const every = Number(document.documentElement.dataset.refresh) * 1000;
  if (!every) return;
  async function renew() {
    const busy = document.activeElement && document.activeElement.matches("input, select");
    const selecting = String(document.getSelection()) !== "";
    if (document.hidden || busy || selecting) return;
    const stale = document.getElementById("stale");
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.querySelector("main").replaceWith(fresh.querySelector("main"));
      stale.hidden = true;
    } catch (error) {
      stale.hidden = false;
    }
  }
  setInterval(renew, every);
})();
