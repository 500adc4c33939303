/** `npm run alerts`: writes the rules to where Prometheus reads them. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALERT_RULES, alertsAsYaml } from './alerts.ts'

const path = join(import.meta.dirname, '..', 'prometheus', 'alerts.yml')
writeFileSync(path, alertsAsYaml())
console.log(`${ALERT_RULES.length} alerts: ${path}`)
