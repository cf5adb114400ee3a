import { describe, expect, it } from 'vitest'
import { normals } from './geometry'
import { agreementOf, explainedNear, membersOf, radiusHolding, tellingPatch, unusualOf } from './neighbourhood'
import type { Column, ExplainedPatch, Ledger, Points } from './types'

function cloud(n: number, columns: Column[] = []): Points {
  const normal = normals(2)
  return { n, u: Float32Array.from({ length: 2 * n }, normal), columns } as Points
}
const number = (name: string, values: Float32Array, spread = 1): Column => ({ name, role: 'feature', unit: '', kind: 'number', values, spread })

describe('members', () => {
  it('are those within the radius, nearest first', () => {
    const points = cloud(200)
    const { rows, distances, share, interval } = membersOf(points, [0.3, 0], 1)
    expect(distances.every((distance, i) => distance <= 1 && (i === 0 || distance >= distances[i - 1]))).toBe(true)
    expect(share).toBe(rows.length / 200)
    expect(interval[0]).toBeLessThan(share)
    expect(interval[1]).toBeGreaterThan(share)
  })
  it('are as many as a radius was asked to hold', () => {
    const points = cloud(80)
    for (const count of [1, 10, 80]) expect(membersOf(points, [1, 1], radiusHolding(points, [1, 1], count)).rows).toHaveLength(count)
    expect(membersOf(points, [1, 1], radiusHolding(points, [1, 1], 999)).rows).toHaveLength(80)
  })
})

describe('unusual', () => {
  const points = cloud(400)
  const normal = normals(9)
  const first = Float32Array.from({ length: 400 }, (_, i) => points.u[2 * i])
  points.columns = [
    number('along the first axis', first),
    ...Array.from({ length: 20 }, (_, i) => number(`chance ${i}`, Float32Array.from({ length: 400 }, normal))),
    { name: 'side', role: 'label', unit: '', kind: 'category', levels: ['left', 'right'], values: Uint16Array.from(first, (value) => Number(value > 0)) },
    { ...number('result', first), role: 'outcome' },
  ]
  it('finds what is, with an interval that holds its size', () => {
    const { rows } = membersOf(points, [1.5, 0], 0.8)
    const answer = unusualOf(points, rows)
    const names = answer.features.filter((each) => each.standsOut).map((each) => each.name)
    expect(names).toContain('along the first axis')
    expect(names).toContain('side = right')
    expect(answer.features.some((each) => each.name.startsWith('result'))).toBe(false)
    const own = answer.features.find((each) => each.name === 'along the first axis')!
    expect(own.interval[0]).toBeLessThan(own.difference)
    expect(own.interval[1]).toBeGreaterThan(own.difference)
    expect(own.interval[0]).toBeGreaterThan(0)
  })
  it('shows no number whose interval holds 0 among those that stand out', () => {
    for (const place of [[0, 0], [1, -1], [-1.5, 0.5]]) {
      for (const each of unusualOf(points, membersOf(points, place, 0.9).rows).features) {
        if (each.standsOut && !each.isShare) expect(each.interval[0] * each.interval[1]).toBeGreaterThan(0)
      }
    }
  })
  it('is withheld, with the reason, for fewer than ten, for all, and without features', () => {
    expect(unusualOf(points, [1, 2, 3]).withheld).toContain('3 real objects')
    expect(unusualOf(points, []).withheld).toContain('No real object')
    expect(unusualOf(points, Array.from({ length: 400 }, (_, i) => i)).withheld).toContain('Every object')
    expect(unusualOf(cloud(50), Array.from({ length: 20 }, (_, i) => i)).withheld).toContain('no features')
  })
  it('leaves out a feature that fewer than ten objects inside have, and one that never differs', () => {
    const sparse = new Float32Array(50).fill(NaN)
    sparse[0] = 1
    const few = cloud(50, [number('sparse', sparse), number('constant', new Float32Array(50).fill(2), 0)])
    expect(unusualOf(few, Array.from({ length: 20 }, (_, i) => i)).features).toEqual([])
  })
})

describe('explained patches', () => {
  const at = (x: number, radius: number, space = 's') => ({ space, centre: Float32Array.of(x, 0), radius }) as ExplainedPatch
  it('come nearest first, and meet where the balls do', () => {
    const near = explainedNear([at(5, 1), at(1, 0.2), at(-2, 1.5), at(0, 1, 'other')], 's', [0, 0], 1)
    expect(near.map((each) => each.distance)).toEqual([1, 2, 5])
    expect(near.map((each) => each.meets)).toEqual([true, true, false])
  })
  it('agree with the ledger if their own interval lies on its side', () => {
    const entry = { feature: 'age', verdict: 'GLOBAL', positive: 40, negative: 2 } as Ledger['entries'][number]
    const says = (low: number, high: number) =>
      ({ withheld: '', effects: [{ feature: 'age', on_manifold: { value: (low + high) / 2, low, high, p_value: null } }] }) as unknown as ExplainedPatch
    expect(agreementOf(entry, says(1, 2))).toBe('agrees')
    expect(agreementOf(entry, says(-2, -1))).toBe('disagrees')
    expect(agreementOf(entry, says(-2, 1))).toBe('undecided')
    expect(agreementOf({ ...entry, verdict: 'MIXED' }, says(-2, -1))).toBe('lowers')
    expect(agreementOf({ ...entry, verdict: 'LOCAL' }, says(1, 2))).toBe('raises')
    expect(agreementOf({ ...entry, feature: 'weight' }, says(1, 2))).toBe('absent')
    expect(agreementOf(entry, null)).toBe('absent')
  })
})

describe('the patch to begin with', () => {
  const patch = (withheld: string, linear: boolean, members = 1) => ({ withheld, linear, members }) as Parameters<typeof tellingPatch>[0][number]
  it('tells something, linearly if one does', () => {
    expect(tellingPatch([patch('thin', true), patch('', false), patch('', true)])).toBe(2)
    expect(tellingPatch([patch('thin', false), patch('', false)])).toBe(1)
    expect(tellingPatch([patch('thin', false)])).toBe(0)
    expect(tellingPatch([])).toBe(0)
  })
  it('holds the most objects of those', () => {
    expect(tellingPatch([patch('', true, 1), patch('', false, 90), patch('', true, 30), patch('', true, 30)])).toBe(2)
  })
})
