/*
 * pybossa.js for task presenters: the global `pybossa`. Needs jQuery (1.9 or newer) before it.
 *
 *   pybossa.taskLoaded(function (task, deferred) { preload …; deferred.resolve(task); });
 *   pybossa.presentTask(function (task, deferred) { show …; then pybossa.saveTask(task, answer).done(deferred.resolve); });
 *   pybossa.run("my-project");
 *
 * While one task is shown the next is already asked for. An empty task ({}) means that nothing is left.
 */
(function (window) {
  "use strict";

  var endpoint = "/";
  var shownAddress = null; // the address this script last put into the address bar
  var shown = {}; // tasks handed to the presenter, by id
  var saved = {}; // ids whose answer was stored since they were shown
  var MOST_OFFSET = 10; // a scheduler that keeps giving the current task is given up on

  var taskLoadedBy = function (task, deferred) { deferred.resolve(task); };
  var presentedBy = function (task, deferred) { deferred.resolve(task); };

  function deferred() { return window.jQuery.Deferred(); }

  /* Requests. Each returns a jQuery promise of the decoded JSON. */

  function get(path, data, cache) {
    return window.jQuery.ajax({ url: endpoint + path, data: data, cache: !!cache, dataType: "json" }).then(first);
  }

  function post(path, body) {
    return window.jQuery.ajax({
      type: "POST", url: endpoint + path, data: JSON.stringify(body), dataType: "json", contentType: "application/json"
    }).then(first);
  }

  function first(value) { return value; } // drops jQuery's further arguments, so that handlers see the value only

  function fetchProject(slug) {
    return get("api/project", { all: 1, short_name: slug }, true).then(function (projects) {
      if (projects.length) { return projects[0]; }
      return deferred().reject(new Error("pybossa.js: there is no project '" + slug + "', or you may not see it"));
    });
  }

  function fetchTask(id) { return get("api/task/" + id); }

  function fetchNewTask(projectId, offset) { return get("api/project/" + projectId + "/newtask", { offset: offset }); }

  /* Asks with growing offsets until the task is another one than the current. */
  function fetchOtherTask(projectId, currentId, offset) {
    return fetchNewTask(projectId, offset).then(function (task) {
      if (!isTask(task) || task.id !== currentId) { return task; }
      return offset < MOST_OFFSET ? fetchOtherTask(projectId, currentId, offset + 1) : {};
    });
  }

  function isTask(task) { return !!task && task.id !== undefined && task.id !== null; }

  /* Addresses. */

  function currentAddress() { return shownAddress || window.pybossaAddress || window.location.pathname; }

  function getCurrentTaskId(url) {
    var found = /\/task\/([^\/?#]+)/.exec(url === undefined ? currentAddress() : url);
    return found ? found[1] : false;
  }

  function isSameSite() { return endpoint === "/" || endpoint.indexOf(window.location.origin + "/") === 0; }

  function showAddress(slug, task) {
    var address = "/project/" + slug + "/task/" + task.id;
    if (!isSameSite() || !window.history.pushState || currentAddress() === address) { return; }
    window.history.pushState({}, "", address);
    shownAddress = address;
  }

  /* The loop. */

  function load(task) {
    var loaded = deferred();
    taskLoadedBy(task, loaded);
    return loaded.then(function (given) { return given === undefined ? task : given; });
  }

  function firstTask(projectId) {
    var given = getCurrentTaskId();
    return given ? fetchTask(given) : fetchNewTask(projectId, 0);
  }

  function prefetch(project, task) { return fetchOtherTask(project.id, task.id, 1).then(load); }

  /* An empty prefetch was true then; a seat may have come free since. Only asked after an answer, so that a presenter
     that skips its last task is not given it again for ever. */
  function nextTask(project, task, prefetched) {
    if (isTask(prefetched) || !isTask(task) || !saved[task.id]) { return prefetched; }
    return fetchNewTask(project.id, 0).then(function (late) {
      return isTask(late) && late.id !== task.id ? load(late) : prefetched;
    });
  }

  /* Not one long chain of promises: a volunteer may answer thousands of tasks on one page. */
  function show(slug, project, task) {
    var answered = deferred();
    if (!isTask(task)) {
      presentedBy(task || {}, answered);
      return announce("finished");
    }
    var next = prefetch(project, task);
    shown[task.id] = task;
    delete saved[task.id];
    showAddress(slug, task);
    answered
      .then(function () { return next.then(null, function () { return prefetchAgain(project, task); }); })
      .then(function (prefetched) { return nextTask(project, task, prefetched); })
      .then(function (another) { delete shown[task.id]; show(slug, project, another); }, stopped);
    presentedBy(task, answered);
  }

  /* The prefetch failed, perhaps long ago: by now the current task is answered and the queue's head is wanted. */
  function prefetchAgain(project, task) { return fetchOtherTask(project.id, task.id, 0).then(load); }

  function announce(what, detail) { window.jQuery(window.document).trigger("pybossa:" + what, detail); }

  function stopped(reason) {
    if (window.console) { window.console.error("pybossa.js: no further task could be fetched", reason); }
    announce("stopped", [reason]);
  }

  function run(slug) {
    return fetchProject(slug).then(function (project) {
      return firstTask(project.id).then(load).then(function (task) { show(slug, project, task); });
    }).fail(stopped);
  }

  function newTask(slug) {
    return fetchProject(slug).then(function (project) {
      return fetchNewTask(project.id, 0).then(function (task) { return { question: project.description, task: task }; });
    });
  }

  /* Answers. */

  function store(task, answer) {
    var run = { project_id: task.project_id, task_id: task.id, info: answer };
    return post("api/taskrun", run).then(function (stored) {
      saved[task.id] = true;
      return stored;
    });
  }

  function saveTask(idOrTask, answer) {
    if (typeof idOrTask === "object") { return store(idOrTask, answer); }
    var known = shown[idOrTask]; // asking for what is on the screen would cost a request per answer
    return (known ? deferred().resolve(known) : fetchTask(idOrTask)).then(function (task) { return store(task, answer); });
  }

  function userProgress(slug) { return get("api/project/" + slug + "/userprogress"); }

  function setEndpoint(url) {
    endpoint = url.charAt(url.length - 1) === "/" ? url : url + "/";
    return endpoint;
  }

  window.pybossa = {
    run: run,
    newTask: newTask,
    saveTask: saveTask,
    taskLoaded: function (handler) { taskLoadedBy = handler; },
    presentTask: function (handler) { presentedBy = handler; },
    userProgress: userProgress,
    getCurrentTaskId: getCurrentTaskId,
    setEndpoint: setEndpoint
  };
})(window);
