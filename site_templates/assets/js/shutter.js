// The page that stands in while the forms are away: offers to send again what this tab was about to send.
(function () {
  "use strict";
  var kept = null;
  try { kept = JSON.parse(window.sessionStorage.getItem("sending")); } catch (e) { return; }
  var form = document.querySelector("form[data-again]");
  if (!kept || !form || !/^\/(forms\/[a-z_]+(\/check)?|status)$/.test(kept.action)) { return; }
  form.action = kept.action;
  kept.fields.forEach(function (pair) {
    var input = document.createElement("input");
    input.type = "hidden"; input.name = pair[0]; input.value = pair[1];
    form.appendChild(input);
  });
  document.querySelector("[data-back]").hidden = true;
  document.querySelectorAll("[data-again]").forEach(function (part) { part.hidden = false; });
})();
