// Keeps the page and its scripts, so that it opens without a network. Data is not its business: that is the replica.

const cacheName = 'tracker'
const page = '/'

addEventListener('install', event => {
  skipWaiting()
  event.waitUntil(fetch(page).then(keepPage))
})

addEventListener('activate', event => {
  event.waitUntil(clients.claim())
})

addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (request.mode === 'navigate') event.respondWith(openPage(event))
  else if (url.pathname.startsWith('/_next/static/')) event.respondWith(openAsset(request))
})

/** The newest page when there is a network, the kept one when there is none. */
async function openPage(event) {
  try {
    const response = await fetch(event.request)
    if (response.ok) event.waitUntil(keepPage(response.clone()))
    return response
  } catch {
    return (await caches.match(page)) ?? Response.error()
  }
}

/** The names of these files change with their content: what is kept is never old. */
async function openAsset(request) {
  const kept = await caches.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) await (await caches.open(cacheName)).put(request, response.clone())
  return response
}

/** Keeps a page with all files that it names, the page last: a kept page is a whole one. Older files go. */
async function keepPage(response) {
  const cache = await caches.open(cacheName)
  const html = await response.clone().text()
  const names = new Set(html.match(/\/_next\/static\/[^"'\\\s)]+/g))
  await Promise.all([...names].map(async name => (await cache.match(name)) ?? cache.add(name)))
  await cache.put(page, response)
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url)
    if (pathname !== page && !names.has(pathname)) await cache.delete(request)
  }
}
