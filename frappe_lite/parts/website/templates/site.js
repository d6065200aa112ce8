window.frappe = window.frappe || {};
frappe.ready = (run) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", run) : run());
/** Calls a whitelisted method; the answer is its JSON. `callback` gets it too, as older pages expect. */
frappe.call = async (method, args) => {
	const given = typeof method === "object" ? method : { method, args };
	const response = await fetch(`/api/method/${given.method}`, {
		method: given.type || "POST",
		headers: { "Content-Type": "application/json", Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token || "" },
		body: given.type === "GET" ? undefined : JSON.stringify(given.args || {}),
	});
	const answer = await response.json();
	if (!response.ok) { if (given.error) given.error(answer); throw Object.assign(new Error(answer.exception || response.statusText), answer); }
	if (given.callback) given.callback(answer);
	return answer;
};
