import { describe, expect, test } from 'vitest'
import { ClusterError } from './cluster.ts'
import { findProject, isLocalEngine, type ListedContainer, projectNameOf } from './compose-project.ts'

interface Row {
  readonly service?: string
  readonly number?: number
  readonly state?: string
  readonly status?: string
  readonly isOneOff?: boolean
}

function container(project: string, row: Row): ListedContainer {
  const { service = 'chat', number = 1, state = 'running', status = 'Up 3 minutes (healthy)', isOneOff = false } = row
  return {
    Id: `${project}-${service}-${number}`,
    Names: [`/${project}_${service}_${number}`],
    State: state,
    Status: status,
    Labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(number),
      'com.docker.compose.oneoff': isOneOff ? 'True' : 'False',
    },
  }
}

const stack = (...rows: Row[]) => rows.map(row => container('tuesday', row))
const find = (containers: readonly ListedContainer[]) => findProject(containers, 'tuesday', 'after the folder')

function messageOf(containers: readonly ListedContainer[]): string {
  try {
    find(containers)
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterError)
    return (error as Error).message
  }
  throw new Error('it was taken')
}

describe('a project', () => {
  test('has its running replicas by number, ten after nine, and its balancer', () => {
    const numbers = [10, 2, 1, 9].map(number => ({ number }))
    const project = find([
      ...stack(...numbers, { service: 'haproxy' }, { service: 'redis' }),
      container('other', {}),
      container('other', { service: 'haproxy' }),
    ])
    expect(project.replicas.map(({ containerName }) => containerName)).toEqual(
      [1, 2, 9, 10].map(number => `tuesday_chat_${number}`),
    )
    expect(project.balancer).toBe('tuesday-haproxy-1')
    expect(project.services.redis).toEqual(['tuesday-redis-1'])
    expect(project.idle).toEqual([])
  })

  test('leaves alone what has ended, and what was started by `docker-compose run`', () => {
    const ended = { number: 3, state: 'exited' }
    const project = find(stack({ number: 1 }, { number: 2 }, ended, { number: 4, isOneOff: true }))
    expect(project.replicas.map(({ id }) => id)).toEqual(['tuesday-chat-1', 'tuesday-chat-2'])
    expect(project.idle).toEqual(['tuesday_chat_3'])
    expect(project.balancer).toBeNull()
  })

  test('is taken with a replica whose health is not known yet, and with one that is not healthy', () => {
    const rows = [{ status: 'Up 2 seconds (health: starting)' }, { number: 2, status: 'Up 1 minute (unhealthy)' }]
    expect(find(stack(...rows)).replicas).toHaveLength(2)
  })
})

describe('refused, with what to do', () => {
  test('no project of that name: those that are there are named, and the flag', () => {
    const others = [container('zebra', { service: 'web' }), container('ape', {}), container('ape', { number: 2 })]
    expect(messageOf(others)).toBe(
      '--driver compose: expected a stack by the name of tuesday (after the folder), found the projects ape, zebra. ' +
        'Bring it up with `docker-compose up -d`, or name one with `--compose-project ape`.',
    )
    expect(messageOf([])).toContain('found no project of docker-compose at all. Bring it up with')
  })

  test.each([
    [[{ service: 'redis' }], 'found no service chat'],
    [[{}], 'found 1 of its 1 replicas of chat running'],
    [[{}, { number: 2, state: 'exited' }], 'found 1 of its 2 replicas of chat running'],
  ])('too few replicas: %j', (rows, found) => {
    expect(messageOf(stack(...rows))).toContain(found)
    expect(messageOf(stack(...rows))).toContain('`docker-compose up -d --scale chat=3` starts three')
  })

  test('replicas of which none is healthy', () => {
    const rows = [1, 2].map(number => ({ number, status: 'Up 3 minutes (unhealthy)' }))
    expect(messageOf(stack(...rows))).toBe(
      'No replica of chat in project tuesday is healthy. `docker logs --tail 20 tuesday_chat_1` tells why.',
    )
  })

  test('a replica that somebody has paused', () => {
    expect(messageOf(stack({}, { number: 2 }, { number: 3, state: 'paused' }))).toContain(
      '`docker unpause tuesday_chat_3`',
    )
  })
})

test.each([
  ['Tuesday', 'tuesday'],
  ['my chat.v2', 'mychatv2'],
  ['_Old-stack_1', 'old-stack_1'],
])('the project of a folder called %s is %s', (folder, name) => {
  expect(projectNameOf(folder)).toBe(name)
})

test.each([
  ['/var/run/docker.sock', true],
  ['unix:///run/user/1000/docker.sock', true],
  ['tcp://127.0.0.1:2375', true],
  ['tcp://localhost:2375', true],
  ['tcp://[::1]:2375', true],
  ['tcp://10.0.0.7:2376', false],
  ['tcp://127.example.org:2376', false],
  ['ssh://me@build-host', false],
])('an engine at %s is on this machine: %s', (address, isLocal) => {
  expect(isLocalEngine(address)).toBe(isLocal)
})
