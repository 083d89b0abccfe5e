/*
 * The one function of Modernizr that presenters call: Modernizr.load(files) fetches scripts and style sheets in order.
 * A file is an address or {load, test, yep, nope, callback, complete}; a list holds several.
 */
(function () {
  "use strict";

  function list(value) { return value === undefined || value === null ? [] : [].concat(value); }

  function fetchFile(address) {
    return new Promise(function (done) {
      const isStyle = /\.css(\?|$)/.test(address);
      const element = document.createElement(isStyle ? "link" : "script");
      if (isStyle) { element.rel = "stylesheet"; element.href = address; } else { element.async = false; element.src = address; }
      element.onload = element.onerror = done;
      document.head.append(element);
    });
  }

  async function loadOne(wanted) {
    const group = typeof wanted === "string" ? { load: wanted } : wanted;
    const addresses = list(group.test === undefined ? null : group.test ? group.yep : group.nope).concat(list(group.load), list(group.both));
    for (const address of addresses) {
      await fetchFile(address);
      if (group.callback) { group.callback(address, Boolean(group.test)); }
    }
    if (group.complete) { group.complete(); }
  }

  window.Modernizr = window.Modernizr || {};
  window.Modernizr.load = async function (wanted) { for (const one of list(wanted)) { await loadOne(one); } };
})();
