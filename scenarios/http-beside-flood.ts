import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Readiness, metrics and publishing are asked for over HTTP while every socket is busy.',
  topology: { instances: 3 },
  // 15 members to a room: 240/s make 3,600 deliveries a second.
  load: { rooms: 20, clients: 300, messagesPerSecond: 240, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  http: [
    // Far more often than a balancer and Prometheus do, so that a 99th percentile has its thousand samples.
    { path: 'readyz', requestsPerSecond: 60 },
    { path: 'metrics', requestsPerSecond: 36 },
    { path: 'publish', requestsPerSecond: 96, connections: 24 },
  ],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Where nothing breaks, nothing is late, refused, sent twice or left unanswered either.
    late: 0,
    rejected: 0,
    unknown: 0,
    duplicatedOnWire: 0,
    httpErrors: 0,
    httpLost: 0,
    httpDuplicated: 0,
    crossInstanceP99Ms: 100,
    ackP99Ms: 100,
    // A balancer gives up after a second or so; to be ten times quicker is to be surely there.
    readyzP99Ms: 100,
    // The text is put together anew for each answer.
    metricsP99Ms: 150,
    // On disk before it is answered, as an acknowledgement over a socket is.
    publishP99Ms: 150,
  },
})
