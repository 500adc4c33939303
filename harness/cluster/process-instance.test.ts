import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SERVICE_ARGUMENTS } from './process-instance.ts'

it('the service is started alike as a child process, in the image and by npm start', () => {
  const project = join(import.meta.dirname, '..', '..')
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  expect(scripts.start).toBe(['node', ...SERVICE_ARGUMENTS, 'service/main.ts'].join(' '))
  const image = readFileSync(join(project, 'Dockerfile'), 'utf8')
  const command = JSON.parse(/^CMD (.*)$/m.exec(image)![1]!)
  expect(command).toEqual(['node', ...SERVICE_ARGUMENTS, 'service/main.js'])
})
