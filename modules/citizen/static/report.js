// Adds to the form what only a script can: the phone's own position, a word before a photo is lost. Without it the form works as it is.
"use strict";
(() => {
  // A page sent back by the server has lost the chosen photo, so the tick is looked for here first.
  const accept = document.getElementById("accept");
  const missing = document.getElementById("accept-missing");
  if (!accept || !missing) return;
  const show = (wrong) => {
    missing.hidden = !wrong;
    accept.setAttribute("aria-invalid", String(wrong));
  };
  accept.addEventListener("change", () => show(!accept.checked));
  accept.form.addEventListener("submit", (event) => {
    if (accept.checked) return;
    event.preventDefault();
    show(true);
    accept.focus();
  });
})();
(() => {
  const button = document.getElementById("gps");
  const said = document.getElementById("gps-said");
  if (!button || !said || !navigator.geolocation) return;
  const put = (id, value) => { document.getElementById(id).value = value; };
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        put("lat", coords.latitude.toFixed(6));
        put("long", coords.longitude.toFixed(6));
        put("accuracy_m", String(Math.round(coords.accuracy)));
        said.textContent = button.dataset.found.replace("{m}", String(Math.round(coords.accuracy)));
        button.disabled = false;
      },
      () => {
        said.textContent = button.dataset.failed;
        button.disabled = false;
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  });
})();
