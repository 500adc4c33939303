/**
 * nchan, nginx's module for publish and subscribe, with its Redis store: Debian's libnginx-mod-nchan and one worker. Clients subscribe and publish
 * over one WebSocket (`nchan_pubsub`).
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NCHAN_MODULE } from '../../rig/needs.ts'
import type { Peer } from '../peer.ts'

/** For the connection to Redis, which nchan makes after it listens. */
const CONNECTED_MS = 300

export const nchan: Peer = {
  name: 'nchan',
  needs: ['redis', 'nchan'],
  wire: { path: '/pubsub', subprotocol: '', hello: '', ready: '', publish: text => text, envelopeBytes: 0 },
  async start({ rig, core, instance, redisUrl }) {
    const port = rig.port()
    const folder = join(rig.folder, `nchan-${instance}`)
    mkdirSync(folder, { recursive: true })
    const configuration = join(folder, 'nginx.conf')
    writeFileSync(configuration, nginxConfiguration(folder, port, redisUrl))
    const { pid } = await rig.start({
      name: `nchan-${instance}`,
      core,
      command: ['/usr/sbin/nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', configuration],
      port,
    })
    await sleep(CONNECTED_MS)
    return { port, pids: [pid, ...childrenOf(pid)] }
  },
}

function nginxConfiguration(folder: string, port: number, redisUrl: string): string {
  return `
load_module ${NCHAN_MODULE};
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 20000; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream redis_store { nchan_redis_server ${redisUrl}; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /pubsub {
      nchan_pubsub websocket;
      nchan_channel_id chat;
      nchan_redis_pass redis_store;
      nchan_message_buffer_length 1000;
    }
  }
}
`
}

function childrenOf(pid: number): number[] {
  const text = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return text.split(/\s+/).filter(Boolean).map(Number)
}
