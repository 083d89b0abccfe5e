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
  const MOST_OUTLIVING = 60000; // bytes of a request that may outlive its page: browsers allow 64 KiB at a time
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
    const named = fieldOf(body, "project_id");
    return named === undefined || String(named) === project.id;
  }

  function fieldOf(body, name) {
    if (body.form) { return new Map(body.form).get(name); }
    return (json(body.text !== undefined ? body.text : new TextDecoder().decode(body.data)) || {})[name];
  }

  function json(text) {
    try { return JSON.parse(text); } catch (error) { return null; } // no JSON: whoever reads it says so
  }

  /* Requests. */

  function answerTo(message) {
    const url = new URL(message.path, window.location.origin);
    if (url.origin !== window.location.origin || !allowed(message.method, url, message.body)) { return Promise.resolve(refusal(message)); }
    const isAnswer = message.method === "POST" && url.pathname === "/api/taskrun";
    const headers = carried(message.headers);
    if (isAnswer && !headers["idempotency-key"]) { headers["idempotency-key"] = newKey(); }
    const task = isAnswer ? Number(fieldOf(message.body || {}, "task_id")) : null;
    const done = isAnswer ? leases.answers(task) : url.pathname.endsWith("/newtask") ? leases.asks() : () => {};
    return persistently(() => send(message, url, headers), isAnswer).then(portable).then((answer) => {
      const told = json(new TextDecoder().decode(answer.body));
      done(answer.status, told);
      if (isAnswer) { answered(answer.status, told); }
      return answer;
    }, (error) => { done(0); throw error; });
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
    const keepalive = !!body && (body.length || body.byteLength || MOST_OUTLIVING) < MOST_OUTLIVING; // although the page is closed
    return fetch(url.pathname + url.search, { method: message.method, headers: own, body, keepalive, credentials: "omit", redirect: "error" });
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
  async function renewToken(address = home + "newtask") {
    const response = await fetch(address, { credentials: "same-origin" }).catch(() => null);
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
    onward = null;
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

  function answered(status, told) {
    if (status === 200) { say(null); count(1); }
    if (status === 403) { late(String((told || {}).exception_msg)); }
  }

  const LATE = {
    "You must request a task first!": "Somebody else was quicker, or the time for this task was over.",
    "You have answered this task already.": "You have answered this task already."
  };

  /* The presenter is told as the contract has it: its saveTask fails. One that was written to go on then does; for the
     others the next task is fetched here. */
  function late(reason) {
    say((LATE[reason] || "This task was completed or handed on before your answer arrived.") + " Nothing is wrong: thank you! Here is the next one …", "info");
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

  /* Leases.

     A page that is closed gives back what it holds, so that others need not wait for the leases to end. Pages of one
     browser hold the same leases, as own ones are handed out first; so each writes down what it holds where the others
     read it, and gives back what no other page shows. What is given back ends after some seconds: an answer on its way
     is still good, and a page that is loaded anew takes its leases up again. It first sends the same request once more,
     under the same key: once that is answered, no copy of it that is still under way can end a lease any more. */

  const leases = (function () {
    const HELD = "nimbossa:held:" + project.id + ":";
    const LEFT = "nimbossa:left:" + project.id;
    const SECONDS = 20; // until what is given back ends
    const RECENT = 60000; // milliseconds in which a request may still be under way
    const FORGOTTEN = 12 * 3600000; // pages that died did not cross out what they held
    const shared = work.dataset.shared === "true"; // another computer behind this address may hold the same leases
    const page = newKey();
    const tasks = new Set();
    const answering = new Set();
    let asking = 0;

    function note() {
      write(HELD + page, { at: Date.now(), asking, tasks: Array.from(tasks) });
    }

    function write(name, value) {
      try { window.localStorage.setItem(name, JSON.stringify(value)); } catch (error) { /* full or forbidden: see mine() */ }
    }

    function others() {
      const names = Object.keys(window.localStorage).filter((name) => name.startsWith(HELD) && name !== HELD + page);
      for (const name of names.filter((one) => Date.now() - (json(window.localStorage.getItem(one)) || { at: 0 }).at > FORGOTTEN)) {
        window.localStorage.removeItem(name);
      }
      return names.map((name) => json(window.localStorage.getItem(name))).filter(Boolean);
    }

    /* What only this page holds. Without storage nobody can say, nor while another page waits for what it is given. */
    function mine() {
      try {
        const known = others();
        if (!window.localStorage.getItem(HELD + page) || known.some((one) => one.asking && Date.now() - one.at < RECENT)) { return []; }
        return Array.from(tasks).filter((task) => !answering.has(task) && !known.some((one) => one.tasks.includes(task)));
      } catch (error) {
        return [];
      }
    }

    function leave() {
      const body = JSON.stringify({ task_ids: mine(), seconds: SECONDS });
      const left = { at: Date.now(), key: newKey(), body };
      if (!shared && mine().length) {
        write(LEFT, left);
        if (JSON.stringify({ task_ids: mine(), seconds: SECONDS }) === body) { giveBack(left); } // nobody came meanwhile
      }
      try { window.localStorage.removeItem(HELD + page); } catch (error) { /* nothing was written */ }
    }

    function giveBack(left) {
      const url = new URL("/api/project/" + project.id + "/leases/return", window.location.origin);
      const headers = { "content-type": "application/json", "idempotency-key": left.key };
      return send({ method: "POST", body: { text: left.body } }, url, headers).catch(() => null);
    }

    async function resume() {
      const onTask = window.location.pathname.startsWith(home + "task/");
      if (onTask) { tasks.add(Number(window.location.pathname.slice((home + "task/").length))); }
      note();
      let left = null;
      try { left = json(window.localStorage.getItem(LEFT)); } catch (error) { /* then no page could leave */ }
      if (!left || Date.now() - left.at > RECENT) { return; }
      await Promise.race([giveBack(left), new Promise((resolve) => setTimeout(resolve, 3000))]);
      if (onTask) { await renewToken(window.location.pathname + window.location.search); } // the page takes the lease up again
    }

    /* Both give what to call with the answer's status and content. */

    function asks() {
      asking += 1;
      note();
      return function (status, told) {
        asking -= 1;
        for (const task of [].concat(told || [])) { if (task.id) { tasks.add(task.id); } }
        note();
      };
    }

    function answers(task) {
      answering.add(task);
      return function (status) {
        answering.delete(task);
        if (status === 200 || status === 403) { tasks.delete(task); }
        note();
      };
    }

    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", (event) => { if (event.persisted) { window.location.reload(); } });
    return { asks, answers, resume };
  })();

  /* The frame. */

  function showAddress(path) {
    const url = new URL(path, window.location.origin);
    if (url.origin !== window.location.origin || !url.pathname.startsWith(home)) { return; }
    if (onward) { // the presenter went on by itself: there is still something to read
      clearTimeout(onward);
      onward = setTimeout(() => say(null), 3000);
    }
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
    try { return json(window.localStorage.getItem(STORE)) || {}; } catch (error) { return {}; }
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
  leases.resume().then(() => work.append(frame)); // only now: browsers read a frame's name when it is put into the page
  showProgress();
})();
