// Takes the page anew without a flash, and leaves it alone while somebody types or selects.
// What is unfolded and what has the focus stays so. Moments show the reader's own time as a hint.
"use strict";
(function () {
  function hint() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      time.title = new Date(time.dateTime).toLocaleString();
    }
  }
  function keep(main, fresh) {
    for (const old of main.querySelectorAll("details[id]")) {
      const next = fresh.ownerDocument.getElementById(old.id);
      if (next) next.open = old.open;
    }
  }
  function place(main) {
    const all = Array.from(main.querySelectorAll("a, summary, button"));
    const here = document.activeElement;
    const alike = (one) => one.tagName === here.tagName && one.href === here.href &&
      one.textContent === here.textContent;
    const turn = all.filter(alike).indexOf(here);
    return (fresh) => {
      const found = Array.from(fresh.querySelectorAll("a, summary, button")).filter(alike)[turn];
      if (turn >= 0 && found) found.focus({ preventScroll: true });
    };
  }
  async function renew() {
    const busy = document.activeElement && document.activeElement.matches("input, select");
    const selecting = String(document.getSelection()) !== "";
    if (document.hidden || busy || selecting) return;
    const stale = document.getElementById("stale");
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.status);
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = document.querySelector("main");
      const fresh = parsed.querySelector("main");
      keep(main, fresh);
      const refocus = place(main);
      main.replaceWith(fresh);
      refocus(fresh);
      hint();
      stale.hidden = true;
    } catch (error) {
      stale.hidden = false;
    }
  }
  hint();
  const every = Number(document.documentElement.dataset.refresh) * 1000;
  if (every) setInterval(renew, every);
})();
