import { describe, expect, it } from 'vitest'
import { fixture } from '../dev/fixture'
import { placesOf } from './frame'
import { ringsOf } from './ground'
import { kindsMeeting } from './meeting'
import { questionsOf, realFailures, spaceWords } from './questions'
import { startOf } from './starting'
import { supportOf } from './standing'
import type { Plane, Space } from './types'

const page = fixture()
const [space] = page.spaces
const [plane] = space.planes
const pointless = (): Space => ({ ...space, points: { ...space.points, n: 0, ids: [], u: new Float32Array(), pictured: new Uint32Array(), columns: [] } })

describe('startOf', () => {
  it('is the place of a real object that is supported, the same every time', () => {
    const [a, b] = startOf(space, plane)
    const places = placesOf(space, plane)
    expect(Array.from({ length: space.points.n }, (_, k) => k).some((k) => places[2 * k] === a && places[2 * k + 1] === b)).toBe(true)
    expect(supportOf(space, plane, Float32Array.of(a, b))).toBe(0)
    expect(startOf(space, { ...plane })).toEqual([a, b])
  })
  it('is the middle where there is no object', () => expect(startOf(pointless(), { ...plane })).toEqual([0, 0]))
})

describe('kindsMeeting', () => {
  it('names several labels where quarters meet, and none within one', () => {
    expect(kindsMeeting(space.points, [0, 0]).length).toBeGreaterThan(1)
    expect(kindsMeeting(space.points, [1.2, 1.2])).toEqual([])
  })
  it('says nothing without labels or objects', () => {
    expect(kindsMeeting({ ...space.points, columns: [] }, [0, 0])).toEqual([])
    expect(kindsMeeting(pointless().points, [0, 0])).toEqual([])
  })
})

describe('contours of a plane through more axes', () => {
  // Four axes of which the plane shows the first two.
  const n = 4000
  const u = new Float32Array(4 * n).map((_, i) => Math.sqrt(-2 * Math.log((((i * 7919) % 104729) + 0.5) / 104729)) * Math.cos(2 * Math.PI * ((((i * 104723) % 99991) + 0.5) / 99991)))
  const wide: Space = { ...space, live: [0, 1, 2, 3], gate: { codes: u, rare: 1, unsupported: 2 } }
  const through: Plane = { ...plane, whole: false, origin: new Float32Array(4), across: Float32Array.of(1, 0, 0, 0), up: Float32Array.of(0, 1, 0, 0) }
  it('hold the shares that they name', () => {
    for (const { p, lines } of ringsOf(wide, through)) {
      const radius = Math.hypot(lines[0][0], lines[0][1])
      let inside = 0
      for (let k = 0; k < n; k++) if (Math.hypot(u[4 * k], u[4 * k + 1]) <= radius) inside++
      expect(Math.abs(inside / n - (1 - p))).toBeLessThan(0.001)
    }
    expect(ringsOf(wide, through).map(({ words }) => words)).toEqual(['50%', '90%', '99%', '99.9%'])
  })
  it('leave out those that few codes decide', () => {
    expect(ringsOf({ ...wide, gate: { ...wide.gate!, codes: u.slice(0, 400) } }, { ...through }).map(({ words }) => words)).toEqual(['50%', '90%'])
  })
})

describe('questionsOf', () => {
  it('asks what the document answers, and links there', () => {
    const asked = questionsOf(page)
    expect(asked.map(({ id }) => id)).toEqual(['change', 'rare', 'break'])
    expect(asked[0].answer).toContain('2.56 sd')
    expect(asked[1].goes).toMatchObject({ view: 'stress', depth: 'p0.001' })
    expect(asked[2].answer).not.toBe('')
  })
  it('asks less of a document that has less', () => {
    expect(questionsOf(fixture({ empty: true })).map(({ id }) => id)).toEqual(['change', 'rare'])
    expect(questionsOf({ ...fixture({ empty: true }), spaces: [{ ...pointless(), shells: [] }] })).toEqual([])
  })
  it('reads how many real objects fail', () => {
    expect(realFailures('Of 1,000 real objects 95 are hits: 9.5% (8% to 11.2%).', 'wrong label')).toBe('95 of 1,000 real objects fail (wrong label).')
    expect(realFailures('Unknown.', '')).toBe('')
  })
})

describe('spaceWords', () => {
  it('names the space where there are several', () => {
    expect(spaceWords(page, page.spaces[1])).toContain('rings, no decoder, 2 axes')
    expect(spaceWords({ ...page, spaces: [space] }, space)).toBe('')
  })
})
