/* A classic script in the head, so that the right colours are there before the first paint. */
document.documentElement.dataset.theme = localStorage.getItem("desk.theme") || "auto";
