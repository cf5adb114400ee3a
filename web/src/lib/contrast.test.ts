import { describe, expect, it } from 'vitest'
import { describing, featureChanges, lineDifference, rasterDifference, rowChanges } from './contrast'
import type { Points } from './types'

const points = {
  n: 3,
  columns: [
    { name: 'age', role: 'column', unit: 'years', kind: 'number', values: Float32Array.of(20, 30, NaN), spread: 10 },
    { name: 'income', role: 'column', unit: '', kind: 'number', values: Float32Array.of(1000, 4000, 1000), spread: 1000 },
    { name: 'same', role: 'column', unit: '', kind: 'number', values: Float32Array.of(1, 1, 1), spread: 0 },
    { name: 'town', role: 'column', unit: '', kind: 'category', levels: ['A', 'B'], values: Uint16Array.of(0, 1, 65535) },
  ],
} as unknown as Points

describe('features', () => {
  it('are told in population standard deviations, categories first, then the largest', () => {
    const { changed, same } = featureChanges(points, 0, 1)
    expect(changed.map((each) => [each.name, each.change])).toEqual([['town', null], ['income', 3], ['age', 1]])
    expect(same).toEqual(['same'])
  })
  it('change their sign with the order, and nothing changes to oneself', () => {
    const there = featureChanges(points, 0, 1).changed
    const back = featureChanges(points, 1, 0).changed
    for (const each of there) expect(back.find((other) => other.name === each.name)!.change ?? 0).toBeCloseTo(-(each.change ?? 0))
    expect(featureChanges(points, 1, 1).changed).toEqual([])
  })
  it('name what is missing instead of inventing it', () => {
    expect(featureChanges(points, 0, 2).missing).toEqual(['age', 'town'])
  })
})

describe('columns', () => {
  it('count once: a feature that repeats a column, or a level of one, is left out', () => {
    const column = (name: string, role: string) => ({ name, role, unit: '', kind: 'number', values: Float32Array.of(1, 2), spread: 1 })
    const town = { name: 'town', role: 'column', unit: '', kind: 'category', levels: ['A', 'B'], values: Uint16Array.of(0, 1) }
    const columns = [column('town = B', 'feature'), town, column('age', 'feature'), column('age', 'column'), column('slant', 'feature'), column('age = 1', 'feature')]
    expect(describing({ n: 2, columns } as unknown as Points)).toEqual([columns[1], columns[3], columns[4]])
  })
})

describe('pictures', () => {
  it('mark the cells of a row that changed', () => {
    const rows = { kind: 'rows' as const, n: 2, names: ['a', 'b'], texts: ['x', 'y'], cells: Uint16Array.of(0, 1, 0, 0) }
    expect(rowChanges(rows, 0, 1).map((each) => each.changed)).toEqual([false, true])
  })
  it('differ by the second less the first', () => {
    const raster = { kind: 'raster' as const, n: 2, height: 1, width: 2, channels: 1, data: Uint8Array.of(0, 255, 255, 255) }
    expect([...rasterDifference(raster, 0, 1)]).toEqual([1, 0])
    const line = { kind: 'line' as const, n: 2, time: 2, channels: 1, names: ['v'], data: Float32Array.of(1, 2, 4, 2) }
    expect([...lineDifference(line, 0, 1).data]).toEqual([3, 0])
  })
})
