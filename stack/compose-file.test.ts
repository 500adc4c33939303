/** docker-compose.yml: does every service keep the rules of the house, and do its parts agree with each other? */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile?: string }
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly environment?: Readonly<Record<string, unknown>>
  readonly healthcheck?: { readonly disable?: boolean; readonly interval?: string }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly deploy?: { readonly replicas: number }
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> }
  readonly [key: string]: unknown
}

const text = read('docker-compose.yml')
const { services, volumes, version } = parse(text, { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  version?: string
}
const all = Object.entries(services)

describe('docker-compose.yml', () => {
  it('has no version, which Compose v2 warns of and docker-compose 1.29 does not need', () => {
    expect(version).toBeUndefined()
  })

  it('has three replicas of the chat and one of everything else', () => {
    expect(services.chat!.deploy).toEqual({ replicas: 3 })
    expect(all.filter(([, { deploy }]) => deploy !== undefined)).toHaveLength(1)
    expect(all.filter(([, service]) => 'scale' in service || 'container_name' in service)).toEqual([])
  })

  it.each(all)('%s may do as little as it can', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+[mg]$/),
      cpus: expect.any(Number),
      pids_limit: expect.any(Number),
    })
    expect(service.privileged ?? service.cap_add ?? service.network_mode ?? service.pid).toBeUndefined()
  })

  it.each(all)('%s cannot fill the disk with its log', (_, { logging }) => {
    expect(logging).toEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } })
  })

  it.each(all)('%s is published on 127.0.0.1 or not at all', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/)
  })

  it('publishes neither Redis nor an instance', () => {
    expect(all.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual([
      'haproxy',
      'web',
      'prometheus',
      'grafana',
    ])
  })

  it('publishes each on a port of its own', () => {
    const published = all.flatMap(([, { ports = [] }]) => ports.map(port => /:-(\d+)\}/.exec(port)![1]))
    expect(new Set(published).size).toBe(published.length)
  })

  it.each(all)('%s has an image of one version, or is built here', (_, { image, build }) => {
    if (build === undefined) expect(image).toMatch(/:v?\d+[\w.-]*$/)
    else expect(existsSync(join(ROOT, build.dockerfile ?? 'Dockerfile'))).toBe(true)
  })

  it.each(all)('%s mounts only what there is, and writes only where it has to', (name, { volumes: mounts = [] }) => {
    for (const mount of mounts) {
      const [source = '', , mode] = mount.split(':')
      if (!source.startsWith('.'))
        expect(source === '/var/run/docker.sock' ? name === 'load' : source in volumes).toBe(true)
      else if (source !== './runs') {
        expect(mode).toBe('ro')
        // Written by `dashboards/`, and made by the engine where it is not there.
        if (source !== './dashboards/json') expect(existsSync(join(ROOT, source))).toBe(true)
      }
    }
  })

  it('starts what others need first, and waits for its health', () => {
    for (const [, { depends_on = {} }] of all) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe('service_healthy')
        expect(services[needed]!.healthcheck?.disable).toBeUndefined()
      }
    }
    expect(Object.keys(services.web!.depends_on ?? {})).toEqual(['haproxy'])
    expect(Object.keys(services.haproxy!.depends_on ?? {})).toEqual(['chat'])
    expect(Object.keys(services.chat!.depends_on ?? {})).toEqual(['redis'])
  })

  it('asks everything that goes on running for its health', () => {
    const lasting = all.filter(([, { restart }]) => restart === 'unless-stopped')
    expect(lasting.map(([name]) => name)).toEqual(['redis', 'chat', 'haproxy', 'web', 'prometheus', 'grafana'])
    for (const [, { healthcheck }] of lasting) expect(healthcheck?.interval).toBe('5s')
  })

  it('has its profiles', () => {
    const profiles = Object.fromEntries(all.map(([name, service]) => [name, service.profiles ?? []]))
    expect(profiles).toEqual({
      redis: [],
      chat: [],
      haproxy: [],
      web: [],
      prometheus: ['observe'],
      grafana: ['observe'],
      load: ['load'],
      k6: ['k6'],
    })
  })

  it('gives the drain its time', () => {
    expect(services.chat).toMatchObject({ stop_grace_period: '30s', environment: { DRAIN_NOTICE_MS: 3000 } })
  })

  it('sets variables that the service knows', () => {
    const guide = read('docs/configuration.md')
    const names = Object.keys(services.chat!.environment ?? {})
    expect(names.filter(name => !guide.includes(`| \`${name}\` |`))).toEqual([])
  })

  it('sets variables that the front end knows, and lets its page in at the service', () => {
    const { web, chat } = services
    const guide = read('docs/front-end.md')
    const names = Object.keys(web!.environment ?? {})
    expect(names.filter(name => !guide.includes(`| \`${name}\` |`))).toEqual([])
    const [, port] = /\$\{WEB_PORT:-(\d+)\}/.exec(web!.ports![0]!) ?? []
    expect(chat!.environment!.ORIGINS).toContain(`http://127.0.0.1:${port},http://localhost:${port}`)
    expect(read('web/Dockerfile')).toContain(`PORT=${port}\n`)
    const [, chatPort] = /\$\{CHAT_PORT:-(\d+)\}/.exec(services.haproxy!.ports![0]!) ?? []
    expect(web!.environment!.TUESDAY_WS_URLS).toContain(`ws://127.0.0.1:${chatPort}/ws`)
  })

  it('holds no secret but a password that opens nothing beyond this machine', () => {
    const defaults = [...text.matchAll(/\$\{(\w*(?:PASSWORD|SECRET|KEY|TOKEN))(?::-([^}]*))?\}/g)]
    expect(new Set(defaults.map(([, name, value]) => `${name}=${value}`))).toEqual(
      new Set([
        'REDIS_PASSWORD=development',
        ...['JWT_SECRET=', 'JWT_PUBLIC_KEY=', 'JWT_PRIVATE_KEY=', 'TUESDAY_TOKEN='],
      ]),
    )
  })

  it('takes the variables that .env.example tells of, and no others', () => {
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!))
    const told = new Set([...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name!))
    expect([...used].sort()).toEqual([...told].sort())
  })
})

describe('what the stack is configured with', () => {
  it('has a place in the balancer for each replica', () => {
    const [, places] = /server-template chat- (\d+) chat:8080 /.exec(read('stack/haproxy/chat-by-name.cfg')) ?? []
    expect(Number(places)).toBeGreaterThanOrEqual(3 * services.chat!.deploy!.replicas)
  })

  it('scrapes services that there are, on the ports that they have', () => {
    const { scrape_configs } = parse(read('dashboards/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[]
    }
    expect(scrape_configs.map(({ job_name }) => job_name)).toEqual(['tuesday', 'tuesday-harness', 'haproxy'])
    const names = scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs.flatMap(found => found.names))
    expect(names.filter(name => services[name] === undefined)).toEqual([])
    expect(read('Dockerfile')).toContain('METRICS_PORT=9090')
    expect(read('stack/load/Dockerfile')).toContain('"--metrics-port", "9464"')
  })

  it('bundles with the bundler that package-lock.json has', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> }
    expect(read('Dockerfile')).toContain(`ARG BUNDLER=rolldown@${packages['node_modules/rolldown']!.version}\n`)
  })

  it('provisions Grafana with what is mounted', () => {
    const folder = 'stack/grafana/provisioning'
    expect(readdirSync(join(ROOT, folder)).sort()).toEqual(['dashboards', 'datasources'])
    const { providers } = parse(read(`${folder}/dashboards/tuesday.yml`)) as {
      providers: { options: { path: string } }[]
    }
    expect(services.grafana!.volumes).toContain(`./dashboards/json:${providers[0]!.options.path}:ro`)
    const { datasources } = parse(read(`${folder}/datasources/prometheus.yml`)) as { datasources: { url: string }[] }
    expect(datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090'])
  })
})
