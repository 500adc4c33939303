import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { baseImages, imageSources, imageTag } from './image.ts'
import { makeStubService } from './stub-service.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..', '..')

const files = [
  { path: 'Dockerfile', content: Buffer.from('FROM a') },
  { path: 'service/main.ts', content: Buffer.from('1') },
]

test('the tag is one of twelve digits and stays the same for the same contents', () => {
  expect(imageTag(files)).toMatch(/^tuesday-chat:[0-9a-f]{12}$/)
  expect(imageTag(files.map(file => ({ ...file })))).toBe(imageTag(files))
})

test('the tag changes with a content, a name, or where one ends and the next begins', () => {
  const others = [
    [files[0]!, { ...files[1]!, content: Buffer.from('2') }],
    [files[0]!, { ...files[1]!, path: 'service/other.ts' }],
    [files[0]!],
    [
      { path: 'Dockerfile', content: Buffer.from('FROM ') },
      { path: 'aservice/main.ts', content: Buffer.from('1') },
    ],
  ]
  const tags = new Set([files, ...others].map(imageTag))
  expect(tags.size).toBe(5)
})

test('the service goes in as `service`, without tests and their support, whatever its folder is called', () => {
  using stub = makeStubService()
  const folder = join(stub.projectFolder, 'service')
  for (const name of ['main.test.ts', 'main.real.test.ts', 'test-main.ts']) writeFileSync(join(folder, name), '')
  expect(imageSources(stub.projectFolder, folder).map(file => file.path)).toEqual([
    'Dockerfile',
    'package-lock.json',
    'package.json',
    'service/main.ts',
    'service/package.json',
  ])
})

test('nothing in the image of this service imports a file that is left out', () => {
  const sources = imageSources(PROJECT_FOLDER, join(PROJECT_FOLDER, 'service')).filter(({ path }) =>
    path.endsWith('.ts'),
  )
  expect(sources.map(({ path }) => path)).toContain('service/main.ts')
  expect(sources.filter(({ path }) => path.includes('test'))).toEqual([])
  const imported = sources.flatMap(({ source }) =>
    [...readFileSync(source, 'utf8').matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => `service/${name}`),
  )
  expect(imported.filter(name => !sources.some(({ path }) => path === name))).toEqual([])
})

test('a build by hand leaves out the same', () => {
  const ignored = readFileSync(join(PROJECT_FOLDER, '.dockerignore'), 'utf8').split('\n')
  expect(ignored).toEqual(expect.arrayContaining(['**/*.test.ts', '**/test-*']))
})

test('a project without a Dockerfile is told so', () => {
  using stub = makeStubService()
  const folder = join(stub.projectFolder, 'service')
  expect(() => imageSources(folder, folder)).toThrow(/cannot be built without .*Dockerfile/)
})

test('base images are those of other makers', () => {
  const dockerfile = `
FROM --platform=linux/amd64 node:24 AS build
FROM debian as other
# FROM nothing
FROM build
from node:24
`
  expect(baseImages(dockerfile)).toEqual(['node:24', 'debian'])
})
