// Adds to the form what only a script can: the phone's own position. Without it the form works as it is.
"use strict";
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
