// Runs beside the pages: shows a page of ours where the network is gone, and another where a form was under way: nobody knows then whether it arrived.
// It keeps the look of the pages and those two, never a page with data, an answer to a program, a picture or a video: phones are shared. The service writes SHELL before this file (api.pages).

/** @typedef {{request: Request, respondWith: (answer: Promise<Response>) => void, waitUntil: (done: Promise<unknown>) => void}} Asked */
/** @type {any} */
const worker = self;
/** @type {{version: string, files: string[]}} */
const shell = worker.SHELL;
const language = new URL(location.href).searchParams.get("language") === "en" ? "en" : "vi";
const OFFLINE = `/offline?language=${language}`;
const UNKNOWN = `${OFFLINE}&sent=yes`;
const NAME = `matpho-shell-${shell.version}-${language}`;

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll([...shell.files, OFFLINE, UNKNOWN]);
  await worker.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
  await worker.clients.claim();
}

/** @param {string} address */
async function kept(address) {
  const cache = await caches.open(NAME);
  return cache.match(address, { ignoreVary: true });
}

worker.addEventListener("install", (/** @type {Asked} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {Asked} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {Asked} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (/** @type {Asked} */ event) => {
  const address = new URL(event.request.url);
  const name = address.pathname + address.search;
  const instead = event.request.method === "GET" ? OFFLINE : UNKNOWN;
  if (event.request.mode === "navigate")
    event.respondWith(fetch(event.request).catch(async () => (await kept(instead)) ?? Response.error()));
  else if (address.origin === location.origin && shell.files.includes(name))
    event.respondWith(kept(name).then((found) => found ?? fetch(event.request)));
});
