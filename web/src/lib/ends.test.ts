import { describe, expect, it } from 'vitest'
import { firstPair, labelOf, randomPair, readEnd, rowNamed, searchObjects, writeEnd, type End } from './ends'
import { uniforms } from './geometry'
import type { Change, Points } from './types'

const points = {
  n: 6,
  ids: ['17', '170', 'x', 'at:1,2', '7', '17'],
  support: Uint8Array.of(0, 0, 0, 0, 3, 0),
  columns: [{ name: 'digit', role: 'label', unit: '', kind: 'category', levels: ['seven', 'one'], values: Uint16Array.of(0, 1, 0, 1, 1, 65535) }],
  pictured: Uint32Array.of(0, 1, 2, 3),
} as unknown as Points

describe('ends', () => {
  it('go into a link and back', () => {
    for (const end of [{ kind: 'object', row: 3 }, { kind: 'object', row: 2 }, { kind: 'place', across: -1.25, up: 0.5 }] as End[]) {
      expect(readEnd(writeEnd(end, points), points)).toEqual(end)
    }
  })
  it('are nothing where the link is broken or names no object', () => {
    for (const text of ['', 'id:999', 'at:1', 'at:1,x', 'at:1,2,3', '17', 'id:']) expect(readEnd(text, points)).toBeNull()
  })
  it('are the first of objects with one id', () => expect(rowNamed(points, '17')).toBe(0))
})

describe('search', () => {
  it('puts the id itself first, then what begins so, then what holds it', () => {
    expect(searchObjects(points, '17')).toEqual([0, 5, 1])
    expect(searchObjects(points, '7')).toEqual([4, 0, 1, 5])
    expect(searchObjects(points, ' SEV ')).toEqual([0, 2])
    expect(searchObjects(points, 'nothing')).toEqual([])
    expect(searchObjects(points, '', 2)).toEqual([0, 1])
  })
  it('knows labels that are missing', () => expect(labelOf(points, 5)).toBe(''))
})

describe('pairs', () => {
  it('are two different pictured objects, the same ones for a seed', () => {
    const uniform = uniforms(3)
    for (let i = 0; i < 50; i++) {
      const [a, b] = randomPair(points, uniform)! as { kind: 'object'; row: number }[]
      expect(a.row).not.toBe(b.row)
      expect(Math.max(a.row, b.row)).toBeLessThan(4)
    }
    expect(randomPair(points, uniforms(8))).toEqual(randomPair(points, uniforms(8)))
    expect(randomPair({ n: 1, pictured: new Uint32Array() } as Points, uniforms(0))).toBeNull()
  })
  it('begin with a measured one whose objects are here, else with unlike supported ones', () => {
    const changes = [{ a: { id: 'gone' }, b: { id: '17' } }, { a: { id: 'x' }, b: { id: '170' } }] as unknown as Change[]
    expect(firstPair(points, changes)).toEqual([{ kind: 'object', row: 2 }, { kind: 'object', row: 1 }])
    const [a, b] = firstPair(points, [])! as { kind: 'object'; row: number }[]
    expect(labelOf(points, a.row)).not.toBe(labelOf(points, b.row))
  })
})
