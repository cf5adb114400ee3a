import { describe, expect, it } from 'vitest'
import { chances } from '../dev/fixture'
import { finderOf } from './nearest'

const random = (n: number, seed: number) => {
  const chance = chances(seed)
  return Float32Array.from({ length: n }, () => 6 * (chance() + chance() + chance() - 1.5))
}
/** By looking at all of them. */
function plainly(points: Float32Array, n: number, d: number, place: number[], shown: Uint8Array | null) {
  let [index, least] = [-1, Infinity]
  for (let k = 0; k < n; k++) {
    if (shown && !shown[k]) continue
    const far = Math.hypot(...place.map((value, i) => points[k * d + i] - value))
    if (far < least) [index, least] = [k, far]
  }
  return { index, distance: least }
}

describe('the nearest point', () => {
  for (const [n, d] of [[1, 2], [500, 2], [3000, 2], [400, 5], [300, 1]]) {
    it(`of ${n} in ${d} dimensions is the one that a search of all finds`, () => {
      const points = random(n * d, 7)
      const finder = finderOf(points, n, d)
      const shown = Uint8Array.from({ length: n }, (_, k) => (k % 7 === 3 ? 1 : 0))
      const places = random(60 * d, 8)
      for (let t = 0; t < 60; t++) {
        // Some places lie far outside of all points.
        const place = Array.from(places.subarray(t * d, (t + 1) * d), (value) => (t % 5 ? value : 8 * value))
        for (const only of [null, shown]) {
          const [found, wanted] = [finder.nearest(place, only), plainly(points, n, d, place, only)]
          expect(found.distance).toBeCloseTo(wanted.distance, 5)
          if (wanted.index >= 0 && found.index !== wanted.index) expect(found.distance).toBeCloseTo(wanted.distance, 9)
          if (wanted.index < 0) expect(found.index).toBe(-1)
        }
      }
    })
  }
  it('passes over points that are nowhere', () => {
    const points = random(400, 3)
    points[10] = NaN
    expect(finderOf(points, 200, 2).nearest([points[12], points[13]]).index).toBe(6)
  })
  it('of none is none', () => {
    expect(finderOf(new Float32Array(0), 0, 2).nearest([0, 0])).toEqual({ index: -1, distance: Infinity })
  })
  it('of equal points is one of them', () => {
    expect(finderOf(new Float32Array(400), 200, 2).nearest([1, 1]).distance).toBeCloseTo(Math.SQRT2)
  })
  it('of 70,000 in 2 dimensions is found in well under a millisecond', () => {
    const finder = finderOf(random(140_000, 5), 70_000, 2)
    const began = performance.now()
    for (let t = 0; t < 1000; t++) finder.nearest([(t % 40) / 8 - 2.5, (t % 27) / 6 - 2])
    expect(performance.now() - began).toBeLessThan(1000)
  })
})
