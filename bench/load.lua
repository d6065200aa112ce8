-- For wrk: requests as the environment says. VERB, URL and BODY may hold %NAME% (of a random document) and %COUNT% (a new text each time).
local verb, url, body = os.getenv("VERB"), os.getenv("URL"), os.getenv("BODY")
local name_format, documents = os.getenv("NAME_FORMAT"), tonumber(os.getenv("DOCUMENTS"))
local headers = {}
for line in (os.getenv("HEADERS") or ""):gmatch("[^\n]+") do
  local key, value = line:match("^(.-): (.*)$")
  headers[key] = value
end
if body == "" then body = nil end
math.randomseed(os.time())
local stem, count = os.time() .. "-" .. math.random(100000, 999999) .. "-", 0
local named, counted = url:find("%NAME%", 1, true), body and body:find("%COUNT%", 1, true)

request = function()
  local path, sent = url, body
  if named then path = url:gsub("%%NAME%%", string.format(name_format, math.random(documents)), 1) end
  if counted then
    count = count + 1
    sent = body:gsub("%%COUNT%%", stem .. count, 1)
  end
  return wrk.format(verb, path, headers, sent)
end

done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('LOAD {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
