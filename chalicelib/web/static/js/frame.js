/*
 * Runs first inside the presenter's sandboxed frame, whose origin is opaque: no cookies, no storage, no session.
 * It makes that invisible to presenters: requests to our API go by messages to the page around the frame (bridge.js),
 * which makes those that a presenter may make; storage and cookies live in memory; links leave the frame.
 */
(function () {
  "use strict";

  const HOST = window.location.origin; // of the address: "null" is only what the sandbox says of itself
  const waiting = new Map();
  let lastId = 0;

  /* What survives a reload of the frame travels in its name: the address shown, and what the presenter stored. */
  const memory = readMemory();
  if (/[?&]fresh=/.test(window.location.search)) { memory.address = null; } // the page around sent us on to the next task
  if (memory.address) { window.pybossaAddress = memory.address; }

  function readMemory() {
    try {
      const kept = JSON.parse(window.name);
      return { address: kept.address || null, local: kept.local || {}, session: kept.session || {} };
    } catch (error) {
      return { address: null, local: {}, session: {} };
    }
  }

  function keepMemory() { window.name = JSON.stringify(memory); }

  /* Messages. */

  function tell(message, transfer) { window.parent.postMessage(message, HOST, transfer || []); }

  function ask(request) {
    const id = ++lastId;
    return new Promise(function (resolve, reject) {
      waiting.set(id, { resolve, reject });
      tell(Object.assign({ nimbossa: "request", id }, request));
    });
  }

  window.addEventListener("message", function (event) {
    const answer = event.data;
    if (event.source !== window.parent || !answer || answer.nimbossa !== "answer" || !waiting.has(answer.id)) { return; }
    const { resolve, reject } = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.failed) { reject(new TypeError(answer.failed)); } else { resolve(answer); }
  });

  /* Requests: XMLHttpRequest and fetch, for addresses of our API only. */

  function apiPath(address) {
    const url = new URL(address, document.baseURI);
    return url.origin === HOST && url.pathname.startsWith("/api/") ? url.pathname + url.search : null;
  }

  function portable(body) {
    if (body instanceof FormData) { return { form: Array.from(body.entries()) }; }
    if (body instanceof URLSearchParams) { return { text: body.toString() }; }
    if (body === null || body === undefined) { return {}; }
    return typeof body === "string" ? { text: body } : { data: body };
  }

  const NativeRequest = window.XMLHttpRequest;

  class BridgedRequest extends NativeRequest {
    open(method, address, asynchronous = true, ...credentials) {
      this.bridge = null;
      const path = apiPath(address);
      if (path === null || (asynchronous === false && method.toUpperCase() === "GET")) {
        return super.open(method, address, asynchronous, ...credentials);
      }
      if (asynchronous === false) { throw new Error("Synchronous requests cannot change anything from a presenter: leave out async: false"); }
      this.bridge = { method: method.toUpperCase(), path, headers: {}, answer: null, aborted: false };
      this.overlay({ readyState: 1, status: 0, statusText: "", responseURL: "", responseText: "", response: "", responseXML: null });
      this.dispatchEvent(new Event("readystatechange"));
      return undefined;
    }

    overlay(values) {
      for (const [name, value] of Object.entries(values)) {
        Object.defineProperty(this, name, { value, configurable: true });
      }
    }

    setRequestHeader(name, value) {
      if (!this.bridge) { return super.setRequestHeader(name, value); }
      this.bridge.headers[name.toLowerCase()] = value;
      return undefined;
    }

    overrideMimeType(type) { return this.bridge ? undefined : super.overrideMimeType(type); }

    send(body) {
      if (!this.bridge) { return super.send(body); }
      const { method, path, headers } = this.bridge;
      const sent = this.bridge;
      ask({ method, path, headers, body: portable(body) }).then(
        (answer) => { if (this.bridge === sent && !sent.aborted) { this.finish(answer); } },
        () => { if (this.bridge === sent && !sent.aborted) { this.end("error"); } }
      );
      return undefined;
    }

    finish(answer) {
      const text = new TextDecoder().decode(answer.body);
      this.bridge.answer = answer;
      this.overlay({ status: answer.status, statusText: answer.statusText, responseURL: HOST + this.bridge.path });
      if (this.responseType === "" || this.responseType === "text") { this.overlay({ responseText: text, response: text }); }
      else { this.overlay({ response: shaped(this.responseType, answer, text) }); }
      this.end("load");
    }

    end(event) {
      this.overlay({ readyState: 4 });
      this.dispatchEvent(new Event("readystatechange"));
      this.dispatchEvent(new ProgressEvent(event));
      this.dispatchEvent(new ProgressEvent("loadend"));
    }

    abort() {
      if (!this.bridge) { return super.abort(); }
      if (this.readyState < 4 && !this.bridge.aborted) { this.bridge.aborted = true; this.end("abort"); }
      return undefined;
    }

    getResponseHeader(name) {
      if (!this.bridge) { return super.getResponseHeader(name); }
      const value = this.bridge.answer && this.bridge.answer.headers[name.toLowerCase()];
      return value === undefined ? null : value;
    }

    getAllResponseHeaders() {
      if (!this.bridge) { return super.getAllResponseHeaders(); }
      const headers = this.bridge.answer ? this.bridge.answer.headers : {};
      return Object.entries(headers).map(([name, value]) => name + ": " + value + "\r\n").join("");
    }
  }

  function shaped(type, answer, text) {
    if (type === "json") { try { return JSON.parse(text); } catch (error) { return null; } }
    if (type === "blob") { return new Blob([answer.body], { type: answer.headers["content-type"] || "" }); }
    return answer.body;
  }

  window.XMLHttpRequest = BridgedRequest;

  const nativeFetch = window.fetch.bind(window);

  window.fetch = async function (input, options) {
    const address = input instanceof Request ? input.url : String(input);
    const path = apiPath(address);
    if (path === null) { return nativeFetch(input, options); }
    const given = options && options.body instanceof FormData ? options.body : null;
    const request = new Request(input, options);
    const headers = Object.fromEntries(request.headers.entries());
    const bodyless = request.method === "GET" || request.method === "HEAD";
    const body = given ? portable(given) : bodyless ? {} : { data: await request.arrayBuffer() };
    const answer = await ask({ method: request.method, path, headers, body });
    const empty = answer.status === 204 || answer.status === 304;
    return new Response(empty ? null : answer.body, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
  };

  /* Storage and cookies, in memory. What is kept for good is kept by the page around, for this project only. */

  function storage(kept, changed) {
    const own = {
      getItem: (key) => (Object.hasOwn(kept, key) ? kept[key] : null),
      setItem: (key, value) => { kept[key] = String(value); changed(); },
      removeItem: (key) => { delete kept[key]; changed(); },
      clear: () => { Object.keys(kept).forEach((key) => delete kept[key]); changed(); },
      key: (index) => { const keys = Object.keys(kept); return index < keys.length ? keys[index] : null; }
    };
    return new Proxy(kept, {
      get: (_, key) => (key === "length" ? Object.keys(kept).length : Object.hasOwn(own, key) ? own[key] : kept[key]),
      set: (_, key, value) => { own.setItem(key, value); return true; },
      deleteProperty: (_, key) => { own.removeItem(key); return true; }
    });
  }

  function define(owner, name, descriptor) { Object.defineProperty(owner, name, Object.assign({ configurable: true }, descriptor)); }

  define(window, "localStorage", { value: storage(memory.local, function () {
    keepMemory();
    tell({ nimbossa: "storage", local: Object.assign({}, memory.local) });
  }) });
  define(window, "sessionStorage", { value: storage(memory.session, keepMemory) });

  const cookies = new Map();
  define(document, "cookie", {
    get: () => Array.from(cookies, ([name, value]) => name + "=" + value).join("; "),
    set: function (text) {
      const [pair, ...rules] = String(text).split(";").map((part) => part.trim());
      const [name, ...value] = pair.split("=");
      const ended = rules.some((rule) => /^max-age=(0|-\d+)$/i.test(rule) || (/^expires=/i.test(rule) && Date.parse(rule.slice(8)) < Date.now()));
      if (ended) { cookies.delete(name); } else { cookies.set(name, value.join("=")); }
    }
  });

  /* Addresses: the browser lets a sandboxed document not change its path, so the page around shows it. */

  function moved(address) {
    const url = new URL(address, HOST + (window.pybossaAddress || window.location.pathname));
    if (url.origin !== HOST) { throw new DOMException("Another site's address cannot be shown", "SecurityError"); }
    memory.address = window.pybossaAddress = url.pathname;
    keepMemory();
    tell({ nimbossa: "address", path: url.pathname + url.search + url.hash });
  }

  window.history.pushState = window.history.replaceState = function (state, title, address) {
    if (address !== undefined && address !== null) { moved(String(address)); }
  };

  function leavesFrame(element, address) {
    if (element.hasAttribute("target") || element.hasAttribute("download") || !/^https?:/.test(address)) { return false; }
    return address.split("#")[0] !== window.location.href.split("#")[0];
  }

  document.addEventListener("click", function (event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (link && leavesFrame(link, link.href)) { link.target = "_top"; }
  }, true);

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.hasAttribute("action") && leavesFrame(form, form.action)) { form.target = "_top"; }
  }, true);

  /* Notices: pybossaNotify(html, show, type), contract web.md §6.1. */

  const LOOKS = { info: "info", success: "success", warning: "warning", error: "danger", danger: "danger", message: "info", loading: "info" };

  window.pybossaNotify = function (html, show, type) {
    const box = document.getElementById("pybossa-notify");
    if (!box) { return; }
    box.hidden = show === false;
    if (show === false) { return; }
    box.className = "alert alert-" + (LOOKS[type] || "info") + (type === "loading" ? " pybossa-loading" : "");
    box.innerHTML = html;
  };

  document.addEventListener("DOMContentLoaded", function () {
    const jquery = window.jQuery;
    if (!jquery) { return; }
    jquery(document).on("pybossa:finished", () => tell({ nimbossa: "finished" }));
    jquery(document).on("pybossa:stopped", () => tell({ nimbossa: "stopped" }));
  });
})();
