/** `GET /healthz`: 200 while the server answers. Whether the service behind it does is the service's own `/readyz`. */

/** Without it the answer would be made when the server is built. */
export const dynamic = 'force-dynamic'

export function GET(): Response {
  return new Response('ok\n', { headers: { 'cache-control': 'no-store' } })
}
