// The page that stands in while the forms are away: offers to send again what this tab was about to send (forms.js).
// The same answers go out with the same key, so that a form that did arrive is not kept twice.
(function () {
  "use strict";
  var kept = null, form = document.querySelector("form[data-again]");
  try { kept = JSON.parse(window.sessionStorage.getItem("sending")); } catch (e) { return; }
  if (!kept || !form || !/^\/forms\/[a-z_]+(\/check)?$/.test(kept.action)) { return; }
  form.action = kept.action;
  kept.fields.forEach(function (pair) {
    var input = document.createElement("input");
    input.type = "hidden"; input.name = pair[0]; input.value = pair[1];
    form.appendChild(input);
  });
  document.querySelector("[data-back]").hidden = true;
  document.querySelectorAll("[data-again]").forEach(function (part) { part.hidden = false; });
  // Who leaves by a link gives up; the next person on this phone shall find nothing.
  document.addEventListener("click", function (event) {
    if (event.target.closest("a[href]")) { window.sessionStorage.removeItem("sending"); }
  });
})();
