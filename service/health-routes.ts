/** `/healthz`: the process lives. `/readyz`: it accepts and serves; what a balancer asks. */

import type { FastifyInstance } from 'fastify'

export function addHealthRoutes(server: FastifyInstance, isReady: () => boolean): void {
  const answer = (name: string, description: string) => ({
    description,
    type: 'object',
    properties: { [name]: { type: 'boolean' } },
  })
  const healthz = {
    summary: 'Whether the process lives',
    tags: ['health'],
    response: { 200: answer('alive', 'It does.') },
  }
  server.get('/healthz', { schema: healthz }, () => ({ alive: true }))
  const readyz = {
    summary: 'Whether it accepts and serves',
    tags: ['health'],
    response: {
      200: answer('ready', 'It does.'),
      503: answer('ready', 'Redis is away, what was missed is not repaired yet, or it drains.'),
    },
  }
  server.get('/readyz', { schema: readyz }, (_request, reply) =>
    reply.code(isReady() ? 200 : 503).send({ ready: isReady() }),
  )
}
