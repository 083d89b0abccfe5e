/* A page of ours was opened inside a presenter's frame: asks the page around to go there instead. */
window.parent.postMessage({ nimbossa: "go", url: window.location.pathname + window.location.search + window.location.hash }, window.location.origin);
