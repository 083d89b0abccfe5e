/*
 * The page around a presenter's frame. The frame has no session; this script makes, with a token that is good for this
 * project only, those requests that a presenter may make, and tells the volunteer what happens.
 */
(function () {
  "use strict";

  const work = document.getElementById("work");
  const frame = work.querySelector("template").content.firstElementChild.cloneNode();
  const project = { id: work.dataset.project, slug: work.dataset.slug };
  const home = "/project/" + project.slug + "/";
  const STORE = "nimbossa:presenter:" + project.id;
  const MOST_STORED = 100000; // characters that a presenter may keep in this browser
  const PAUSES = [500, 1500, 4000]; // milliseconds before trying again what failed on the way
  const CARRIED = ["content-type", "accept", "idempotency-key"];
  let token = work.dataset.token;

  /* What a presenter may ask for. Everything else is answered with 403, without a request. */

  const OWN = { project: "(?:" + project.id + "|" + project.slug.replace(/[^\w-]/g, "\\$&") + ")", item: "(?:task|taskrun|result|helpingmaterial)" };
  const READS_OF_ITS_PROJECT = new RegExp("^/api/project/" + OWN.project + "(?:/newtask|/userprogress)?$");
  const LIST_OF_ITS_PROJECT = new RegExp("^/api/" + OWN.item + "$");
  const POSTED = ["/api/taskrun", "/api/upload"];
  const ITEM = new RegExp("^/api/" + OWN.item + "/\\d+$");

  function allowed(method, url, body) {
    if (method === "POST") { return POSTED.includes(url.pathname) && isForItsProject(body || {}); }
    if (method !== "GET" && method !== "HEAD") { return false; }
    if (url.pathname === "/api/project") { return isItsProject(url.searchParams); }
    if (LIST_OF_ITS_PROJECT.test(url.pathname)) { return keepToItsProject(url.searchParams); }
    return READS_OF_ITS_PROJECT.test(url.pathname) || ITEM.test(url.pathname);
  }

  function isItsProject(query) {
    return query.get("short_name") === project.slug || query.get("id") === project.id;
  }

  function keepToItsProject(query) {
    if (!query.has("project_id")) { query.set("project_id", project.id); }
    return query.get("project_id") === project.id;
  }

  function isForItsProject(body) {
    const named = body.form ? new Map(body.form).get("project_id") : fieldOf(body, "project_id");
    return named === undefined || String(named) === project.id;
  }

  function fieldOf(body, name) {
    try {
      return JSON.parse(body.text !== undefined ? body.text : new TextDecoder().decode(body.data))[name];
    } catch (error) {
      return undefined; // not JSON: the server says so
    }
  }

  /* Requests. */

  function answerTo(message) {
    const url = new URL(message.path, window.location.origin);
    if (url.origin !== window.location.origin || !allowed(message.method, url, message.body)) { return Promise.resolve(refusal(message)); }
    const isAnswer = message.method === "POST" && url.pathname === "/api/taskrun";
    const headers = carried(message.headers);
    if (isAnswer && !headers["idempotency-key"]) { headers["idempotency-key"] = newKey(); }
    return persistently(() => send(message, url, headers), isAnswer).then((response) => {
      if (isAnswer) { answered(response.status); }
      return portable(response);
    });
  }

  function newKey() {
    return Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function refusal(message) {
    const body = JSON.stringify({
      action: message.method, status: "failed", status_code: 403, target: message.path.split("?")[0],
      exception_cls: "Forbidden", exception_msg: "A presenter may only ask for its own project's tasks and runs"
    });
    return { status: 403, statusText: "Forbidden", headers: { "content-type": "application/json" }, body: new TextEncoder().encode(body).buffer };
  }

  function carried(headers) {
    return Object.fromEntries(Object.entries(headers || {}).filter(([name]) => CARRIED.includes(name)));
  }

  function bodyOf(message, headers) {
    const body = message.body || {};
    if (!body.form) { return body.text !== undefined ? body.text : body.data; }
    delete headers["content-type"]; // the browser writes it, with the boundary
    const form = new FormData();
    for (const [name, value] of body.form) { form.append(name, value); }
    return form;
  }

  function send(message, url, headers) {
    const own = Object.assign({}, headers, token ? { authorization: "Presenter " + token } : {});
    const body = message.method === "POST" ? bodyOf(message, own) : undefined;
    return fetch(url.pathname + url.search, { method: message.method, headers: own, body, credentials: "omit", redirect: "error" });
  }

  /* Tries again what failed on the way. Safe for answers too: the key makes the server store one run. */
  async function persistently(attempt, isAnswer) {
    for (let count = 0; ; count += 1) {
      const response = await attempt().catch(() => null);
      if (response && response.status === 401 && count === 0 && await renewToken()) { continue; }
      if (response && !isPassing(response.status)) {
        if (count) { say(null); }
        return response;
      }
      if (count === PAUSES.length) {
        say(isAnswer ? "Your answer could not be saved. Please check your connection and answer again." : "The server cannot be reached. Please check your connection and reload the page.", "trouble");
        if (response) { return response; }
        throw new Error("The server cannot be reached");
      }
      say(response && response.status === 429 ? "That was quick! Waiting a moment …" : "The connection is shaky. Trying again …", "trouble");
      await new Promise((resolve) => setTimeout(resolve, pause(response, count)));
    }
  }

  function isPassing(status) { return status === 429 || status >= 502; }

  function pause(response, count) {
    const reset = response && response.status === 429 ? Number(response.headers.get("x-ratelimit-reset")) * 1000 - Date.now() : 0;
    return Math.min(Math.max(PAUSES[count], reset || 0), 60000) * (1 + Math.random() / 4);
  }

  /* A token lasts for hours, a page may be open for days: the page itself is asked for a new one. */
  async function renewToken() {
    const response = await fetch(home + "newtask", { credentials: "same-origin" }).catch(() => null);
    if (!response || !response.ok) { return false; }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("work");
    if (!fresh || fresh.dataset.token === token) { return false; }
    token = fresh.dataset.token;
    return true;
  }

  async function portable(response) {
    const headers = Object.fromEntries(response.headers.entries());
    return { status: response.status, statusText: response.statusText, headers, body: await response.arrayBuffer() };
  }

  /* What the volunteer sees. */

  const notice = document.getElementById("notice");
  const meter = document.getElementById("meter");
  let onward = null;
  let progress = null;

  function say(text, kind) {
    clearTimeout(onward);
    notice.hidden = !text;
    notice.className = "notice notice-" + (kind || "info");
    notice.replaceChildren();
    if (text) { notice.append(text); }
  }

  function offer(text, address) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = text;
    link.className = "button";
    notice.append(link);
  }

  function answered(status) {
    if (status === 200) { say(null); count(1); }
    if (status === 403) { late(); }
  }

  function late() {
    say("This task was completed or handed on before your answer arrived. Nothing is wrong: thank you! The next one is coming …", "info");
    const next = home + "newtask?" + frame.dataset.src.split("?")[1] + "&fresh=1";
    onward = setTimeout(() => { say(null); frame.contentWindow.location.replace(next); }, 3000);
  }

  function finished() {
    say("That is everything for now. Thank you for your help! ", "done");
    offer("More projects", "/");
    showProgress();
  }

  async function showProgress() {
    if (!meter) { return; }
    const path = "/api/project/" + project.id + "/userprogress";
    const response = await send({ method: "GET" }, new URL(path, window.location.origin), {}).catch(() => null);
    if (!response || !response.ok) { return; }
    const { done, total } = await response.json();
    progress = { done, total };
    count(0);
  }

  /* Counted here after each answer: asking the server every time would cost as much as the answer's own reads. */
  function count(more) {
    if (!meter || !progress) { return; }
    progress.done += more;
    meter.max = Math.max(progress.total, 1);
    meter.value = progress.done;
    document.getElementById("count").textContent = "You answered " + progress.done + " of " + progress.total;
  }

  /* The frame. */

  function showAddress(path) {
    const url = new URL(path, window.location.origin);
    if (url.origin !== window.location.origin || !url.pathname.startsWith(home)) { return; }
    if (onward) { say(null); }
    if (url.pathname === window.location.pathname) { return; }
    const first = !window.location.pathname.startsWith(home + "task/");
    window.history[first ? "replaceState" : "pushState"]({}, "", url.pathname + window.location.search);
  }

  function leaveTo(address) {
    const url = new URL(address, window.location.origin);
    if (url.origin === window.location.origin) { window.location.assign(url); }
  }

  function keep(local) {
    const text = JSON.stringify(local);
    if (text.length > MOST_STORED) { return; }
    try { window.localStorage.setItem(STORE, text); } catch (error) { /* full or forbidden: then it lasts for this visit */ }
  }

  function kept() {
    try { return JSON.parse(window.localStorage.getItem(STORE)) || {}; } catch (error) { return {}; }
  }

  const heard = {
    request: (message) => answerTo(message).then(
      (answer) => reply(Object.assign({ id: message.id }, answer), [answer.body]),
      (error) => reply({ id: message.id, failed: String(error.message || error) }, [])
    ),
    address: (message) => showAddress(String(message.path)),
    go: (message) => leaveTo(String(message.url)),
    storage: (message) => keep(message.local),
    finished: () => finished(),
    stopped: () => { if (notice.hidden) { say("No further task could be fetched. ", "trouble"); offer("Try again", home + "newtask"); } }
  };

  function reply(answer, transfer) {
    frame.contentWindow.postMessage(Object.assign({ nimbossa: "answer" }, answer), "*", transfer); // an opaque origin has no name
  }

  window.addEventListener("message", function (event) {
    const message = event.data;
    if (event.source !== frame.contentWindow || !message || !Object.hasOwn(heard, message.nimbossa)) { return; }
    heard[message.nimbossa](message);
  });

  window.addEventListener("popstate", () => window.location.reload());
  frame.addEventListener("load", () => frame.focus());

  frame.name = JSON.stringify({ address: null, local: kept(), session: {} });
  frame.src = frame.dataset.src;
  work.append(frame); // only now: browsers read a frame's name when it is put into the page
  showProgress();
})();
