// The forms work without this file. It shows the print button and moves to the errors on old browsers.
(function () {
  "use strict";
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  document.querySelectorAll("[data-print-how]").forEach(function (hint) { hint.hidden = true; });
  var wrong = document.querySelector(".wrong[tabindex]");
  if (wrong) { wrong.focus(); }
})();
