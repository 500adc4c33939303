/** Rows of *Service* about people: who is here and who goes, what had to be mended for them, and what goes out to them. */

import {
  EventsPerSecond,
  MessagesPerSecond,
  OpsPerSecond,
  Short,
  WritesPerSecond,
} from '@grafana/grafana-foundation-sdk/units'
import { SERVICE_METRICS } from '../service/metric-names.ts'
import { CLOSE_CODES } from '../service/protocol.ts'
import type { Row } from './dashboard.ts'
import { graph } from './panels/panel.ts'
import { NONE_EXPECTED } from './panels/thresholds.ts'
import { maxBy, quantile, rate, service, sum, sumBy } from './promql.ts'

const ROOM_SIZE = 'room_size=~"$room_size"'
const delivered = service(SERVICE_METRICS.delivered, [ROOM_SIZE])

export function peopleRow(): Row {
  return {
    id: 500,
    title: 'Who is here, and who is disconnected?',
    panels: [
      graph({
        id: 501,
        title: 'New connections',
        answers: 'How many clients come in per second, and where?',
        ifBad:
          'A peak after a death or a drain is right, and has to be spread over seconds: one needle is a wave that the next instance may not stand.',
        unit: EventsPerSecond,
        width: 8,
        isStacked: true,
        queries: [
          {
            expr: sumBy('instance_name', rate(service(SERVICE_METRICS.connectionsOpened))),
            legend: '{{instance_name}}',
          },
        ],
      }),
      graph({
        id: 502,
        title: 'Closed by the service, by code',
        answers: 'Whom does the service send away, and why?',
        ifBad: `${CLOSE_CODES.restart.code} is a drain, ${CLOSE_CODES.timedOut.code} a client that fell silent, ${CLOSE_CODES.slowReader.code} one that does not read, ${CLOSE_CODES.badToken.code} an expired token, ${CLOSE_CODES.tooMany.code} a flood. All of them stand in docs/protocol.md.`,
        unit: EventsPerSecond,
        width: 8,
        queries: [{ expr: sumBy('code', rate(service(SERVICE_METRICS.closes))), legend: '{{code}}' }],
      }),
      graph({
        id: 503,
        title: 'Slow readers closed',
        answers: 'How many clients were sent away because they did not read what is written to them?',
        ifBad:
          'They resume by themselves. Many at once on one instance: its network, or a room that is too busy for their lines.',
        unit: EventsPerSecond,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [
          {
            expr: sumBy(
              'instance_name',
              rate(service(SERVICE_METRICS.closes, [`code="${CLOSE_CODES.slowReader.code}"`])),
            ),
            legend: '{{instance_name}}',
          },
        ],
      }),
      graph({
        id: 504,
        title: 'Participants by instance',
        answers: 'How many different users are on each instance? Who is on two is counted by both.',
        ifBad: 'Far fewer than connections: people with many tabs, or one client that opens socket after socket.',
        unit: Short,
        width: 8,
        isStacked: true,
        queries: [{ expr: maxBy('instance_name', service(SERVICE_METRICS.participants)), legend: '{{instance_name}}' }],
      }),
      graph({
        id: 505,
        title: 'Rooms by size',
        answers:
          'How many rooms have members, by how many members they have on an instance? A room counts once on each instance.',
        ifBad: 'Not bad by itself: it says what kind of load the latencies above belong to.',
        unit: Short,
        width: 8,
        isStacked: true,
        queries: [
          {
            expr: sumBy('room_size', maxBy('instance_name, room_size', service(SERVICE_METRICS.rooms, [ROOM_SIZE]))),
            legend: '{{room_size}}',
          },
        ],
      }),
      graph({
        id: 506,
        title: 'Leases and ghosts',
        answers: 'Does Redis count the participants of as many instances as there are?',
        ifBad:
          'More leases than instances for over 10 s: ghosts, whose participants are still counted. A lease that was lost: that instance hung, or was cut off from Redis, for longer than its lease.',
        unit: Short,
        width: 8,
        queries: [
          { expr: `max(${service(SERVICE_METRICS.leases)})`, legend: 'leases in Redis' },
          { expr: `count(${maxBy('instance_name', service(SERVICE_METRICS.ready))})`, legend: 'instances' },
          { expr: sum(rate(service(SERVICE_METRICS.leasesLost))), legend: 'leases lost per second' },
        ],
      }),
    ],
  }
}

export function mendedRow(): Row {
  return {
    id: 600,
    title: 'What had to be mended?',
    panels: [
      graph({
        id: 601,
        title: 'Gap repairs by cause',
        answers:
          'How often did an instance miss something on a channel, and read it from the log instead? Nobody has lost anything by that.',
        ifBad:
          'Some at a restart of Redis or of a link are right. A rise that lasts means that Pub/Sub loses messages all the time: the links to Redis, and its limit for slow subscribers.',
        unit: EventsPerSecond,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [{ expr: sumBy('cause', rate(service(SERVICE_METRICS.gapRepairs))), legend: '{{cause}}' }],
      }),
      graph({
        id: 602,
        title: 'Gaps declared by reason',
        answers: 'How many members were told that messages are gone for them?',
        ifBad:
          'These are losses, and honest ones: live of those who were there, resume of those who came back. Redis came back without its last writes: its persistence. The log was cut: it is too short for how long clients stay away.',
        unit: EventsPerSecond,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [
          {
            expr: sumBy('reason, during', rate(service(SERVICE_METRICS.gapsDeclared))),
            legend: '{{reason}}, {{during}}',
          },
        ],
      }),
      graph({
        id: 603,
        title: 'Resumes by outcome',
        answers: 'What do clients get that come back and say how far they had read?',
        ifBad:
          'Everything but complete resumes: gaps declared, beside. A peak is what a death or a drain looks like from here.',
        unit: EventsPerSecond,
        width: 8,
        queries: [{ expr: sumBy('outcome', rate(service(SERVICE_METRICS.resumes))), legend: '{{outcome}}' }],
      }),
    ],
  }
}

export function fanOutRow(): Row {
  const writes = sum(rate(service(SERVICE_METRICS.fanOutWrites)))
  const batches = service(SERVICE_METRICS.messagesPerBatch, [], '_bucket')
  return {
    id: 700,
    title: 'What goes out?',
    panels: [
      graph({
        id: 701,
        title: 'Deliveries by instance',
        answers: 'How many live messages does each instance write to sockets?',
        ifBad:
          'One falls to 0 while it has connections, and the others go on: it is deaf. Its links to Redis, and gap repairs.',
        unit: MessagesPerSecond,
        width: 8,
        isStacked: true,
        queries: [{ expr: sumBy('instance_name', rate(delivered)), legend: '{{instance_name}}' }],
      }),
      graph({
        id: 702,
        title: 'Deliveries by room size',
        answers: 'Which rooms make the work?',
        ifBad: 'Not bad by itself. Large rooms multiply: one message in a room of a thousand is a thousand writes.',
        unit: MessagesPerSecond,
        width: 8,
        isStacked: true,
        queries: [{ expr: sumBy('room_size', rate(delivered)), legend: '{{room_size}}' }],
      }),
      graph({
        id: 703,
        title: 'Deliveries per accepted message',
        answers: 'How many people get a message, on average?',
        ifBad: 'It falls while connections stay: members of rooms are missing, or an instance is deaf.',
        unit: Short,
        width: 8,
        queries: [
          { expr: `${sum(rate(delivered))} / ${sum(rate(service(SERVICE_METRICS.accepted)))}`, legend: 'deliveries' },
        ],
      }),
      graph({
        id: 704,
        title: 'Writes to sockets',
        answers: 'How often is a socket written to? Messages that come together share a write.',
        ifBad: 'The writes are what an instance spends most of its time on: compare with how busy its event loop is.',
        unit: WritesPerSecond,
        width: 6,
        isStacked: true,
        queries: [
          { expr: sumBy('instance_name', rate(service(SERVICE_METRICS.fanOutWrites))), legend: '{{instance_name}}' },
        ],
      }),
      graph({
        id: 705,
        title: 'Messages per write',
        answers: 'How many messages share a write to a socket?',
        ifBad:
          'It rises by itself as the load does, which is what keeps up with it. Level at 1 under a high load: rooms are many and quiet, and nothing can be shared.',
        unit: Short,
        width: 6,
        queries: [
          { expr: `${sum(rate(service(SERVICE_METRICS.delivered)))} / ${writes}`, legend: 'messages per write' },
        ],
      }),
      graph({
        id: 706,
        title: 'Messages per batch',
        answers: 'How many messages come over the channels in one turn of the event loop?',
        ifBad: 'A P99 in the hundreds: turns are long, since the event loop was held up. Its lag is below.',
        unit: Short,
        width: 6,
        queries: [
          { expr: quantile(0.5, batches), legend: 'P50' },
          { expr: quantile(0.99, batches), legend: 'P99' },
        ],
      }),
      graph({
        id: 707,
        title: 'Batches',
        answers: 'How many turns of the event loop brought live messages?',
        ifBad: 'It cannot rise much further than some thousands per instance; then the batches grow instead, beside.',
        unit: OpsPerSecond,
        width: 6,
        isStacked: true,
        queries: [
          {
            expr: sumBy('instance_name', rate(service(SERVICE_METRICS.messagesPerBatch, [], '_count'))),
            legend: '{{instance_name}}',
          },
        ],
      }),
    ],
  }
}
