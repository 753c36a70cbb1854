// The forms work without this file. It shows the print button, moves to the errors on old browsers, and keeps what is
// being sent in this tab until a page of ours comes back: if the service is away, the page in its place sends it again.
(function () {
  "use strict";
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  document.querySelectorAll("[data-print-how]").forEach(function (hint) { hint.hidden = true; });
  var wrong = document.querySelector(".wrong[tabindex]");
  if (wrong) { wrong.focus(); }
  try {
    if (!document.querySelector("[data-again]")) { window.sessionStorage.removeItem("sending"); }
    document.addEventListener("submit", function (event) {
      var form = event.target, fields = [];
      if (form.method !== "post") { return; }
      new FormData(form).forEach(function (value, name) { fields.push([name, String(value)]); });
      if (event.submitter && event.submitter.name) { fields.push([event.submitter.name, event.submitter.value]); }
      window.sessionStorage.setItem("sending", JSON.stringify({ action: form.getAttribute("action"), fields: fields }));
    });
  } catch (e) { /* without storage the back button keeps the answers */ }
})();
