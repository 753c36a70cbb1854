// Works out the sum of the page "one more step" and sends the form by itself. The page works without this file.
// Plain SHA-256, since crypto.subtle is missing on pages that came over plain http.
(function () {
  "use strict";
  var form = document.querySelector("form[data-sum]");
  if (!form || !window.Uint8Array || !window.btoa) { return; }
  var K = [], H0 = [];
  (function primes() {
    function part(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
    for (var n = 2; K.length < 64; n++) {
      var prime = true;
      for (var d = 2; d * d <= n; d++) { if (n % d === 0) { prime = false; break; } }
      if (prime) {
        if (H0.length < 8) { H0.push(part(Math.pow(n, 1 / 2))); }
        K.push(part(Math.pow(n, 1 / 3)));
      }
    }
  })();
  var w = new Int32Array(64);
  // SHA-256 of at most 55 bytes, as eight words.
  function sha256(bytes) {
    var i, t1, t2, h = H0.slice(), a, b, c, d, e, f, g, x;
    for (i = 0; i < 16; i++) { w[i] = 0; }
    for (i = 0; i < bytes.length; i++) { w[i >> 2] |= bytes[i] << (24 - 8 * (i & 3)); }
    w[bytes.length >> 2] |= 0x80 << (24 - 8 * (bytes.length & 3));
    w[15] = bytes.length * 8;
    for (i = 16; i < 64; i++) {
      x = w[i - 15];
      t1 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
      x = w[i - 2];
      t2 = (x >>> 17 | x << 15) ^ (x >>> 19 | x << 13) ^ x >>> 10;
      w[i] = (w[i - 16] + t1 + w[i - 7] + t2) | 0;
    }
    a = h[0]; b = h[1]; c = h[2]; d = h[3]; e = h[4]; f = h[5]; g = h[6]; x = h[7];
    for (i = 0; i < 64; i++) {
      t1 = (x + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + w[i]) | 0;
      t2 = (((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c)) | 0;
      x = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    return [h[0] + a | 0, h[1] + b | 0, h[2] + c | 0, h[3] + d | 0, h[4] + e | 0, h[5] + f | 0, h[6] + g | 0, h[7] + x | 0];
  }
  function bytes(hex) {
    var found = [];
    for (var i = 0; i < hex.length; i += 2) { found.push(parseInt(hex.substr(i, 2), 16)); }
    return found;
  }
  function hex(words) {
    return words.map(function (word) { return ("0000000" + (word >>> 0).toString(16)).slice(-8); }).join("");
  }
  var given = JSON.parse(form.getAttribute("data-sum")), parts = given.parameters;
  var start = bytes(parts.salt).concat(bytes(parts.nonce)), counter = 0;
  var first = parseInt(parts.keyPrefix.slice(0, 8), 16) | 0, buffer = new Uint8Array(start.length + 4);
  buffer.set(start);
  function send(derived) {
    var answer = { challenge: given, solution: { counter: counter, derivedKey: derived } };
    form.elements.altcha.value = window.btoa(JSON.stringify(answer));
    if (form.requestSubmit) { form.requestSubmit(); } else { form.submit(); }  // the first tells forms.js, which keeps it
  }
  function work() {
    for (var end = counter + 1000; counter < end; counter++) {
      var at = start.length;
      buffer[at] = counter >>> 24; buffer[at + 1] = counter >>> 16; buffer[at + 2] = counter >>> 8; buffer[at + 3] = counter;
      var words = sha256(buffer);
      if (words[0] === first && hex(words).indexOf(parts.keyPrefix) === 0) { send(hex(words)); return; }
    }
    window.setTimeout(work, 0);  // between pieces the phone may draw and listen
  }
  document.querySelector("[data-sum-wait]").hidden = true;
  document.querySelector("[data-sum-working]").hidden = false;
  work();
})();
