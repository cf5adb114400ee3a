import { describe, expect, it } from 'vitest'
import { anglesAround, anglesFromMean } from './directions'
import type { Shown } from './stops'

const at = (...u: number[]): Shown => ({ row: 0, support: 0, exceedance: null, y: null, kind: '', nearest: '', u: Float32Array.from(u) })

describe('directions', () => {
  it('are those of the two first coordinates', () => expect(anglesAround([at(1, 0, 5), at(0, 2, 5)])).toEqual([0, expect.closeTo(Math.PI / 2)]))
  it('are spread where there is one axis', () => expect(anglesAround([at(1), at(2)])).toEqual([0, expect.closeTo(Math.PI)]))
  it('are true angles from the mean, whatever the length', () => {
    const all = [at(1, 1, 0), at(3, -3, 0)]
    expect(anglesFromMean(all, all)).toEqual([expect.closeTo(Math.PI / 4), expect.closeTo(-Math.PI / 4)])
  })
  it('stand objects at the centre and none at all', () => {
    expect(anglesFromMean([at(0, 0)], [at(0, 0)])).toEqual([0])
    expect(anglesFromMean([], [])).toEqual([])
  })
})
