import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { baseImages, imageSources, imageTag } from './image.ts'
import { makeStubService } from './stub-service.ts'

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

test('the service goes in as `service`, without its tests, whatever its folder is called', () => {
  using stub = makeStubService()
  const folder = join(stub.projectFolder, 'service')
  writeFileSync(join(folder, 'main.test.ts'), '')
  expect(imageSources(stub.projectFolder, folder).map(file => file.path)).toEqual([
    'Dockerfile',
    'package-lock.json',
    'package.json',
    'service/main.ts',
    'service/package.json',
  ])
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
