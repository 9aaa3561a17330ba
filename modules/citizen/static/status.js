// Keeps the status page up to date while somebody looks at it: twice a second at first, later every 15 seconds.
"use strict";
(() => {
  const QUICK_MS = 500;
  const SLOW_MS = 15000;
  const QUICK_FOR_MS = 120000;
  const opened = Date.now();
  let shown = document.getElementById("live")?.innerHTML;

  const busy = () => document.querySelector("#rating input:checked") !== null;
  const pause = () => (Date.now() - opened < QUICK_FOR_MS ? QUICK_MS : SLOW_MS);

  const look = async () => {
    if (document.visibilityState === "visible" && !busy()) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (answer.ok) put(await answer.text());
      } catch {
        // no network: the page stays as it is and looks again
      }
    }
    setTimeout(look, pause());
  };

  const put = (html) => {
    const live = document.getElementById("live");
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    if (!live || !fresh || fresh.innerHTML === shown) return;
    shown = fresh.innerHTML;
    live.replaceWith(document.adoptNode(fresh));
  };

  setTimeout(look, pause());
})();
