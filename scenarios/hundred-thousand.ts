import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'A hundred thousand clients stay connected and talk in 2,000 rooms. For the driver process, where a process may have 20,000 open files.',
  // 16,667 connections on each. Everybody is pinged once a minute: at the usual rate pings would be most of what these instances do.
  topology: {
    instances: 6,
    environment: { CONNECTIONS_MAX: '20000', IDLE_PING_MS: '60000', IDLE_MS_MAX: '180000' },
  },
  // 50 members to a room: 200/s make 10,000 deliveries a second, five of six across instances.
  load: {
    // A list: then they come in room by room, and not every room hears of fifty arrivals one by one.
    rooms: [{ count: 2000, clients: 50 }],
    messagesPerSecond: 200,
    textBytes: 120,
    seconds: 60,
    warmUpSeconds: 5,
    connectsPerSecond: 2000,
    // For the same reason.
    idlePingSeconds: 60,
  },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    rejected: 0,
    late: 0,
    // Thirteen busy processes share two cores, and the slowest hundredth is the generator's own: it is the connections that are shown here.
    crossInstanceP90Ms: 1000,
    ackP90Ms: 1000,
  },
  settleSecondsMax: 60,
})
